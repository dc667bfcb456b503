import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('provider_tokens', table => {
    table.text('identity_id').primary().references('identities.id').onDelete('CASCADE')
    table.text('access_token').notNullable()
    table.text('refresh_token')
    table.text('token_type').notNullable()
    table.text('scope')
    table.bigInteger('expires_at')
    table.bigInteger('updated_at').notNullable()
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('provider_tokens')
}
