import type { Knex } from 'knex'

export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('identities', table => {
    table.integer('refresh_refusals').notNullable().defaultTo(0)
    table.bigInteger('refresh_refused_at')
  })
}

export async function down(db: Knex): Promise<void> {
  for (const column of ['refresh_refusals', 'refresh_refused_at']) {
    await db.raw('alter table identities drop column ??', [column])
  }
}
