import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('used_logout_tokens', table => {
    table.text('token_hash').primary()
    table.bigInteger('expires_at').notNullable()
    table.index('expires_at')
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('used_logout_tokens')
}
