import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('user_roles', table => {
    table.text('identity_id').notNullable().references('identities.id').onDelete('CASCADE')
    table.text('role').notNullable()
    table.primary(['identity_id', 'role'])
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('user_roles')
}
