import type { Knex } from 'knex'
import { ask } from './ask.js'
import { StoreError } from './errors.js'

// A unique row that somebody else inserted first, a serialization failure, a deadlock: the second run sees their row.
const LOST_RACES = ['23505', '40001', '40P01', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']

/**
 * Runs work in one transaction, and once more in a new one if it lost a race.
 * @throws StoreError, or unchanged what work throws of its own
 */
export async function inTransaction<T>(db: Knex, work: (trx: Knex) => Promise<T>): Promise<T> {
  try {
    return await runOnce(db, work)
  } catch (error) {
    if (error instanceof StoreError && LOST_RACES.includes(error.driverCode)) return await runOnce(db, work)
    throw error
  }
}

async function runOnce<T>(db: Knex, work: (trx: Knex) => Promise<T>): Promise<T> {
  const thrown: unknown[] = []
  try {
    return await ask(() => db.transaction(trx => workIn(trx, work, thrown)))
  } catch (error) {
    throw thrown.length > 0 ? thrown[0] : error
  }
}

async function workIn<T>(trx: Knex.Transaction, work: (trx: Knex) => Promise<T>, thrown: unknown[]): Promise<T> {
  // knex comes here even where BEGIN failed, and reports that failure by itself.
  if (trx.isCompleted()) throw new Error('The transaction did not begin')
  const failures: unknown[] = []
  trx.on('query-error', error => failures.push(error))
  const result = await work(trx).catch(error => {
    thrown.push(error)
    // Not the error itself: knex takes a thrown undefined for a success.
    throw new Error('The work failed')
  })
  // After a failed query PostgreSQL answers COMMIT with a silent rollback, so work cannot swallow the failure.
  if (failures.length > 0) throw failures[0]
  return result
}
