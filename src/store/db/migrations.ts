import { setTimeout as wait } from 'node:timers/promises'
import type { Knex } from 'knex'
import { migrations } from '../../../migrations/index.js'
import type { SchemaState, Store } from '../types.js'
import { type DatabaseLocation, locationOf } from './database-location.js'
import { describeDriverError } from './driver-errors.js'
import { driverCode, MigrationError, SchemaError } from './errors.js'
import { retryWhenBusy } from './sql.js'

const TABLE = 'knex_migrations'

// An arbitrary number. All instances of this app must use the same one, and no other app.
const ADVISORY_LOCK = 8_378_447_316
const LOCK_PAUSE_MS = 100
const MAX_LOCK_TRIES = 600

// By default knex uses file names with their extension as migration names. Then the built app (.js) would not know the
// migrations that its sources (.ts) ran.
const migrationSource: Knex.MigrationSource<[string, Knex.Migration]> = {
  getMigrations: async () => [...migrations],
  getMigrationName: ([name]) => name,
  getMigration: async ([, migration]) => migration,
}

/** Runs the missing migrations, all or none; returns their names. A second process waits for the first one. */
export async function migrateLatest(db: Knex): Promise<string[]> {
  return await runMigrations(db, trx => trx.migrate.latest({ migrationSource, tableName: TABLE }))
}

/** Undoes the newest migration; returns its name, or an empty list if none is left. */
export async function rollback(db: Knex): Promise<string[]> {
  return await runMigrations(db, trx => trx.migrate.down({ migrationSource, tableName: TABLE }))
}

type RunMigrations = (trx: Knex) => Promise<[batch: number, names: string[]]>

// One transaction around everything, also knex's own tables and lock: after a crash nothing is half done or locked.
async function runMigrations(db: Knex, run: RunMigrations): Promise<string[]> {
  for (let tries = 1; tries <= MAX_LOCK_TRIES; tries++) {
    const names = await inKnexTransaction(db, async trx =>
      (await tryLock(trx)) ? await runLocked(trx, run) : undefined,
    )
    if (names) return names
    await wait(LOCK_PAUSE_MS)
  }
  throw new MigrationError('Another process has been migrating this database for a minute; try again when it is done.')
}

/** knex runs migrations only in a transaction that knex itself has begun. */
async function inKnexTransaction<T>(db: Knex, work: (trx: Knex) => Promise<T>): Promise<T> {
  let migrationError: MigrationError | undefined
  try {
    return await retryWhenBusy(
      () =>
        db.transaction(async trx => {
          // knex calls this even if BEGIN failed, and reports that failure by itself.
          if (trx.isCompleted()) throw new Error('The transaction did not begin')
          return await work(trx).catch(error => {
            if (error instanceof MigrationError) migrationError = error
            throw error
          })
        }),
      locationOf(db),
    )
  } catch (error) {
    throw migrationError ?? error
  }
}

// On SQLite the transaction itself is the lock. On PostgreSQL the lock is polled, because a connection that waits
// without traffic counts as dead.
async function tryLock(trx: Knex): Promise<boolean> {
  if (trx.client.dialect !== 'postgresql') return true
  type LockResult = { rows: { locked: boolean }[] }
  const locked = () => trx.raw<LockResult>('select pg_try_advisory_xact_lock(?) as locked', [ADVISORY_LOCK])
  const { rows } = await retryWhenBusy(locked, locationOf(trx))
  return rows[0]?.locked === true
}

async function runLocked(trx: Knex, run: RunMigrations): Promise<string[]> {
  const { unknown } = await readSchema(trx)
  if (unknown.length > 0)
    throw new MigrationError(`The database is newer than this build: it has ${unknown.join(', ')}.`)
  try {
    const [, names] = await run(trx)
    return names
  } catch (error) {
    throw new MigrationError(describeMigrationFailure(error, locationOf(trx)))
  }
}

function describeMigrationFailure(error: unknown, location: DatabaseLocation | undefined): string {
  if (!(error instanceof Error)) return 'The migration failed.'
  const cause = describeDriverError(error, driverCode(error), location)
  if (cause !== undefined) return `The migration failed and was undone. ${cause}`
  if (error.name !== 'MigrationLocked') return `The migration failed and was undone: ${error.message}`
  return 'A migration seems to be running (knex_migrations_lock). If none is: update knex_migrations_lock set is_locked = 0'
}

/**
 * Passes if the database has exactly the migrations of this build.
 * @throws SchemaError
 */
export async function requireCurrentSchema(store: Pick<Store, 'schema'>): Promise<void> {
  const { state, missing, unknown } = await store.schema()
  if (state === 'older') {
    throw new SchemaError(
      `The database is older than this build: ${migrationList(missing)} not run. Run: npx vestibule migrate`,
    )
  }
  if (state === 'newer') {
    throw new SchemaError(
      `The database is newer than this build, which does not know ${unknown.join(', ')}. Start the build that ran ${
        unknown.length === 1 ? 'it' : 'them'
      }, or a newer one.`,
    )
  }
}

const migrationList = (names: readonly string[]): string =>
  names.length === 1 ? `the migration ${names[0]} has` : `the migrations ${names.join(', ')} have`

/** Compares the migrations of the database with those of this build. It creates nothing. */
export async function readSchema(db: Knex): Promise<SchemaState> {
  const done = await readNames(db)
  const missing = [...migrations.keys()].filter(name => !done.includes(name))
  const unknown = done.filter(name => !migrations.has(name))
  return { state: unknown.length > 0 ? 'newer' : missing.length > 0 ? 'older' : 'current', missing, unknown }
}

async function readNames(db: Knex): Promise<string[]> {
  const location = locationOf(db)
  if (!(await retryWhenBusy(() => db.schema.hasTable(TABLE), location))) return []
  const rows = await retryWhenBusy(() => db<{ id: number; name: string }>(TABLE).orderBy('id').select('name'), location)
  return rows.map(row => row.name)
}
