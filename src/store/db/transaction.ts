import type { Knex } from 'knex'
import { type DatabaseLocation, locationOf } from './database-location.js'
import { StoreError } from './errors.js'
import { retryWhenBusy } from './retry-when-busy.js'
import { type Sql, withConnection } from './sql.js'

// A unique row that somebody else inserted first, one to stand on that they removed first, a serialization failure, a
// deadlock: the second run sees what they did. On SQLite nobody removes anything while a transaction runs.
const LOST_RACE_CODES = ['23505', '23503', '40001', '40P01', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']

/** A deletion and another sign-in at the same moment are two races, and a sign-in can lose both. */
const MAX_RUNS = 3

/**
 * Runs work in one transaction, and again in a new one if it lost a race, three times at most.
 * @throws StoreError, or unchanged what work throws of its own
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

type Outcome<T> = { result: T } | { thrown: unknown }

async function runOnce<T>(db: Knex, work: (sql: Sql) => Promise<T>): Promise<T> {
  const place = locationOf(db)
  const outcome = await retryWhenBusy(
    () => withConnection(db, sql => runBetweenBeginAndCommit(sql, work, place)),
    place,
  )
  if ('thrown' in outcome) throw outcome.thrown
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
    (thrown: unknown): Outcome<T> => ({ thrown }),
  )
  // After a failed query PostgreSQL answers COMMIT with a silent rollback, so work cannot swallow the failure.
  if ('thrown' in outcome || failures.length > 0) {
    await rollBack(sql)
    return 'thrown' in outcome ? outcome : { thrown: failures[0] }
  }
  await commit(sql)
  return outcome
}

async function commit(sql: Sql): Promise<void> {
  try {
    await sql('COMMIT')
  } catch (error) {
    // On a full disk for instance SQLite keeps the transaction open.
    await rollBack(sql)
    throw error
  }
}

/** It fails where nothing is left to undo: the database has done it already, or its connection is gone. */
const rollBack = (sql: Sql): Promise<void> => sql('ROLLBACK').then(noop, noop)

function noop(): void {}
