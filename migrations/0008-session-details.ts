import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('sessions', table => {
    table.text('id')
    table.text('provider_sid')
    table.text('id_token')
    table.index('provider_sid')
  })
  // What a list calls a session by; a part of a hash is as good a name as any, and opens nothing.
  await db.raw('update sessions set id = substr(handle_hash, 1, 22)')
}

export async function down(db: Knex): Promise<void> {
  await db.schema.alterTable('sessions', table => {
    table.dropIndex('provider_sid')
    table.dropColumns('id', 'provider_sid', 'id_token')
  })
}
