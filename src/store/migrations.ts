import { setTimeout as wait } from 'node:timers/promises'
import type { Knex } from 'knex'
import { migrations } from '../../migrations/index.js'
import { ask } from './ask.js'
import { driverCode, MigrationError } from './errors.js'
import { describeFailure } from './failure.js'
import { type DatabasePlace, placeOf } from './place.js'
import type { SchemaState } from './types.js'

const TABLE = 'knex_migrations'

// Any number will do, as long as every instance of this app takes the same one and no other app does.
const ADVISORY_LOCK = 8_378_447_316
const LOCK_PAUSE = 100
const LOCK_TRIES = 600

// knex takes names from files and keeps their extension, so a build would not know the migrations of its own sources.
const migrationSource: Knex.MigrationSource<[string, Knex.Migration]> = {
  getMigrations: async () => [...migrations],
  getMigrationName: ([name]) => name,
  getMigration: async ([, migration]) => migration,
}

/** Runs the missing migrations, all or none; returns their names. A second process waits for the first. */
export async function migrateForward(db: Knex): Promise<string[]> {
  return await migrating(db, trx => trx.migrate.latest({ migrationSource, tableName: TABLE }))
}

/** Undoes the newest migration; returns its name, or nothing if there is none left. */
export async function migrateBack(db: Knex): Promise<string[]> {
  return await migrating(db, trx => trx.migrate.down({ migrationSource, tableName: TABLE }))
}

/** Compares what the database has been through with what this build knows. Creates nothing. */
export async function readSchema(db: Knex): Promise<SchemaState> {
  const done = await readNames(db)
  const missing = [...migrations.keys()].filter(name => !done.includes(name))
  const unknown = done.filter(name => !migrations.has(name))
  return { state: unknown.length > 0 ? 'newer' : missing.length > 0 ? 'older' : 'current', missing, unknown }
}

async function readNames(db: Knex): Promise<string[]> {
  const place = placeOf(db)
  if (!(await ask(() => db.schema.hasTable(TABLE), place))) return []
  const rows = await ask(() => db<{ id: number; name: string }>(TABLE).orderBy('id').select('name'), place)
  return rows.map(row => row.name)
}

type Run = (trx: Knex) => Promise<[batch: number, names: string[]]>

// One transaction around everything, knex's own tables and lock included: a crash leaves nothing half done or locked.
async function migrating(db: Knex, run: Run): Promise<string[]> {
  for (let tries = 1; tries <= LOCK_TRIES; tries++) {
    const names = await inTransaction(db, async trx => ((await lock(trx)) ? await runInside(trx, run) : undefined))
    if (names) return names
    await wait(LOCK_PAUSE)
  }
  throw new MigrationError('Another process has been migrating this database for a minute; try again when it is done.')
}

/** knex runs migrations on a transaction of its own making only. */
async function inTransaction<T>(db: Knex, work: (trx: Knex) => Promise<T>): Promise<T> {
  let refusal: MigrationError | undefined
  try {
    return await ask(
      () =>
        db.transaction(async trx => {
          // knex comes here even where BEGIN failed, and reports that failure by itself.
          if (trx.isCompleted()) throw new Error('The transaction did not begin')
          return await work(trx).catch(error => {
            if (error instanceof MigrationError) refusal = error
            throw error
          })
        }),
      placeOf(db),
    )
  } catch (error) {
    throw refusal ?? error
  }
}

// SQLite is locked by the transaction itself. Polled, because a connection that waits in silence counts as dead.
async function lock(trx: Knex): Promise<boolean> {
  if (trx.client.dialect !== 'postgresql') return true
  type Answer = { rows: { locked: boolean }[] }
  const locked = () => trx.raw<Answer>('select pg_try_advisory_xact_lock(?) as locked', [ADVISORY_LOCK])
  const answer = await ask(locked, placeOf(trx))
  return answer.rows[0]?.locked === true
}

async function runInside(trx: Knex, run: Run): Promise<string[]> {
  const { unknown } = await readSchema(trx)
  if (unknown.length > 0)
    throw new MigrationError(`The database is newer than this build: it has ${unknown.join(', ')}.`)
  try {
    const [, names] = await run(trx)
    return names
  } catch (error) {
    throw new MigrationError(reason(error, placeOf(trx)))
  }
}

function reason(error: unknown, place: DatabasePlace | undefined): string {
  if (!(error instanceof Error)) return 'The migration failed.'
  const cause = describeFailure(error, driverCode(error), place)
  if (cause !== undefined) return `The migration failed and was undone. ${cause}`
  if (error.name !== 'MigrationLocked') return `The migration failed and was undone: ${error.message}`
  return 'A migration seems to be running (knex_migrations_lock). If none is: update knex_migrations_lock set is_locked = 0'
}
