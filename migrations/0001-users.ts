import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('users', table => {
    table.text('id').primary()
    table.text('name')
    table.text('login')
    table.text('email')
    table.boolean('email_verified').notNullable()
    table.text('picture')
    table.bigInteger('disabled_at')
    table.bigInteger('created_at').notNullable()
    table.bigInteger('updated_at').notNullable()
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('users')
}
