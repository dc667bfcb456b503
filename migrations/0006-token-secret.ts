import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('provider_tokens', table => {
    table.text('token_secret')
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.alterTable('provider_tokens', table => {
    table.dropColumn('token_secret')
  })
}
