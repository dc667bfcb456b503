import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('sessions', table => {
    table.text('id')
    table.text('provider_sid')
    table.text('id_token')
  })
  // Most providers name no session. Rows without a name stay out of the index, so that removing them costs less.
  await db.raw('create index sessions_provider_sid_index on sessions (provider_sid) where provider_sid is not null')
  // Names a session in lists. A part of the hash will do as a name, and it does not open the session.
  await db.raw('update sessions set id = substr(handle_hash, 1, 22)')
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop index sessions_provider_sid_index')
  for (const column of ['id', 'provider_sid', 'id_token']) await db.raw('alter table sessions drop column ??', [column])
}
