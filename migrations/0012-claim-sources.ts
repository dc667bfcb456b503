import type { Knex } from 'knex'

/** Which claims of the raw profile came in an ID token, and which from the userinfo endpoint; null for older rows. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('identities', table => {
    table.text('claim_sources')
  })
}

export async function down(db: Knex): Promise<void> {
  // On SQLite knex would drop the table and create it again, and the rows that refer to it (tokens, sessions) would be lost.
  await db.raw('alter table identities drop column claim_sources')
}
