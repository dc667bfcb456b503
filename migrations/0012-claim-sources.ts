import type { Knex } from 'knex'

/** Which claims of the raw profile an ID token brought, and which the user endpoint; null for rows from before. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('identities', table => {
    table.text('claim_sources')
  })
}

export async function down(db: Knex): Promise<void> {
  // On SQLite knex would drop the table and make it anew, and with it would go all that hangs on it: tokens and sessions.
  await db.raw('alter table identities drop column claim_sources')
}
