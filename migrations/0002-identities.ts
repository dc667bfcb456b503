import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('identities', table => {
    table.text('id').primary()
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE')
    table.specificType('provider', bytewise(db)).notNullable()
    table.specificType('issuer', bytewise(db)).notNullable()
    table.specificType('subject', bytewise(db)).notNullable()
    table.text('login')
    table.text('email')
    table.boolean('email_verified').notNullable()
    table.text('raw_profile').notNullable()
    table.bigInteger('created_at').notNullable()
    table.bigInteger('last_sign_in_at').notNullable()
    table.unique(['provider', 'issuer', 'subject'])
    table.index('user_id')
  })
}

export async function down(db: Knex): Promise<void> {
  await db.schema.dropTable('identities')
}

// A collation for a language may treat two different subjects as equal, and they would become one identity.
function bytewise(db: Knex): string {
  return db.client.dialect === 'postgresql' ? 'text collate "C"' : 'text collate binary'
}
