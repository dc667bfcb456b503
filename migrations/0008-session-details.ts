import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('sessions', table => {
    table.text('id')
    table.text('provider_sid')
    table.text('id_token')
  })
  // Most providers name no session, and what is not indexed need not be taken out again.
  await db.raw('create index sessions_provider_sid_index on sessions (provider_sid) where provider_sid is not null')
  // What a list calls a session by; a part of a hash is as good a name as any, and opens nothing.
  await db.raw('update sessions set id = substr(handle_hash, 1, 22)')
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop index sessions_provider_sid_index')
  for (const column of ['id', 'provider_sid', 'id_token']) await db.raw('alter table sessions drop column ??', [column])
}
