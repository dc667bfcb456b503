import type { Knex } from 'knex'

const COLUMNS = ['subject', 'login', 'actor'] as const

/** The subject and login of a refused sign-in without a user here, and the operator who ran a command. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('events', table => {
    for (const column of COLUMNS) table.text(column)
  })
  // For the deletion of an account, which also deletes these events.
  await db.raw('create index events_subject_index on events (subject) where subject is not null')
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop index events_subject_index')
  // One column at a time and without knex, for the reason given in 0012.
  for (const column of COLUMNS) await db.raw('alter table events drop column ??', [column])
}
