import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('used_attempts', table => {
    table.text('state_hash').primary()
    table.bigInteger('used_at').notNullable()
    table.index('used_at')
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('used_attempts')
}
