import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('sessions', table => {
    table.text('handle_hash').primary()
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE')
    table.text('identity_id').notNullable().references('identities.id').onDelete('CASCADE')
    table.text('data').notNullable()
    table.text('user_agent')
    table.text('address')
    table.bigInteger('created_at').notNullable()
    table.bigInteger('seen_at').notNullable()
    table.bigInteger('expires_at').notNullable()
    table.index('user_id')
    table.index('identity_id')
    table.index('seen_at')
    table.index('expires_at')
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('sessions')
}
