import type { Knex } from 'knex'

const COLUMNS = ['subject', 'login', 'actor'] as const

/** Who was refused, where there is no user of ours; and the operator who did what was done from the command line. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('events', table => {
    for (const column of COLUMNS) table.text(column)
  })
  // For the deletion of an account, which takes these events along.
  await db.raw('create index events_subject_index on events (subject) where subject is not null')
}

export async function down(db: Knex): Promise<void> {
  await db.raw('drop index events_subject_index')
  // One at a time, and not by knex: see 0012.
  for (const column of COLUMNS) await db.raw('alter table events drop column ??', [column])
}
