import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('events', table => {
    table.text('id').primary()
    table.bigInteger('at').notNullable()
    table.text('kind').notNullable()
    table.text('code')
    table.text('user_id').references('users.id').onDelete('CASCADE')
    table.text('provider')
    table.text('address')
    table.text('user_agent')
    table.index(['user_id', 'at'])
    table.index('at')
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('events')
}
