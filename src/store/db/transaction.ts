import type { Knex } from 'knex'
import { type DatabaseLocation, locationOf } from './database-location.js'
import { StoreError } from './errors.js'
import { retryWhenBusy, type Sql, withConnection } from './sql.js'

// Another transaction inserted the same unique row first, or removed the row that a new one refers to; a serialization
// failure; a deadlock. The second run sees the changes of the other transaction. On SQLite no other connection can
// remove a row while a transaction runs.
const LOST_RACE_CODES = ['23505', '23503', '40001', '40P01', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']

/** A deletion and another sign-in at the same moment are two races, and a sign-in can lose both. */
const MAX_RUNS = 3

/**
 * Runs work in one transaction, and again in a new one if it lost a race, three times at most.
 * @throws StoreError, or unchanged what the work itself throws
 */
export async function inTransaction<T>(db: Knex, work: (sql: Sql) => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await runOnce(db, work)
    } catch (error) {
      const isRaceLost = error instanceof StoreError && LOST_RACE_CODES.includes(error.driverCode)
      if (!isRaceLost || run === MAX_RUNS) throw error
    }
  }
}

type Outcome<T> = { result: T } | { error: unknown }

async function runOnce<T>(db: Knex, work: (sql: Sql) => Promise<T>): Promise<T> {
  const location = locationOf(db)
  const outcome = await retryWhenBusy(
    () => withConnection(db, sql => runBetweenBeginAndCommit(sql, work, location)),
    location,
  )
  if ('error' in outcome) throw outcome.error
  return outcome.result
}

async function runBetweenBeginAndCommit<T>(
  sql: Sql,
  work: (sql: Sql) => Promise<T>,
  location: DatabaseLocation | undefined,
): Promise<Outcome<T>> {
  const failures: unknown[] = []
  const recordingSql = async <Row>(...statement: Parameters<Sql>): Promise<Row[]> => {
    try {
      return await retryWhenBusy(() => sql<Row>(...statement), location)
    } catch (error) {
      failures.push(error)
      throw error
    }
  }
  await sql('BEGIN')
  const outcome = await work(recordingSql).then(
    (result): Outcome<T> => ({ result }),
    (error: unknown): Outcome<T> => ({ error }),
  )
  // After a failed query PostgreSQL turns COMMIT into a silent rollback. So the failure counts even if the work caught it.
  if ('error' in outcome || failures.length > 0) {
    await rollBack(sql)
    return 'error' in outcome ? outcome : { error: failures[0] }
  }
  await commit(sql)
  return outcome
}

async function commit(sql: Sql): Promise<void> {
  try {
    await sql('COMMIT')
  } catch (error) {
    // SQLite keeps the transaction open, for example if the disk is full.
    await rollBack(sql)
    throw error
  }
}

/** ROLLBACK fails if the database has rolled back already, or if the connection is gone. Neither matters here. */
const rollBack = (sql: Sql): Promise<void> => sql('ROLLBACK').then(noop, noop)

function noop(): void {}
