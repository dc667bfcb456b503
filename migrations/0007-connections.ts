import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('identities', table => {
    table.text('groups').notNullable().defaultTo('[]')
    table.bigInteger('reconnect_since')
    table.text('refresh_lease')
    table.bigInteger('refresh_lease_until')
  })
  await db.schema.alterTable('provider_tokens', table => {
    table.bigInteger('refresh_expires_at')
  })
  // For ACCOUNT_LINKING, which looks for users with the same verified address.
  await db.raw('create index identities_email_index on identities (lower(email))')
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop index identities_email_index')
  await db.raw('alter table provider_tokens drop column refresh_expires_at')
  // On SQLite knex would drop the table and create it again, and the rows that refer to it (tokens, sessions) would be lost.
  for (const column of ['groups', 'reconnect_since', 'refresh_lease', 'refresh_lease_until'])
    await db.raw('alter table identities drop column ??', [column])
}
