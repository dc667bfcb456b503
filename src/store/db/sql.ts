import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { Knex } from 'knex'
import type pg from 'pg'
import type { SqlValues } from '../types.js'
import { type DatabaseLocation, locationOf } from './database-location.js'
import { driverCode, storeError } from './errors.js'
import { runOnPostgres } from './postgres.js'
import { runOnSqlite } from './sqlite.js'

// SQLite's own busy timeout would stop the event loop, and with it the transaction that the query waits for.
// A process that writes in batches leaves the file free for five milliseconds at a time, so the pause must be shorter.
const BUSY_PAUSE_MS = 2
const MAX_BUSY_TRIES = 2_500

/**
 * Runs one statement, in the SQL that both databases share, with `?` for each value, and returns its rows. If it has a
 * name, PostgreSQL plans it once per connection. (A connection pooler in front of PostgreSQL must support prepared
 * statements.)
 * @throws StoreError for every failure
 */
export type Sql = <Row>(text: string, values?: SqlValues, name?: string) => Promise<Row[]>

/** A connection of knex's pool. The dialect of the pool says which of the two it is. */
type DriverConnection = Database & pg.Client

interface Pool {
  dialect: string
  acquireConnection(): Promise<DriverConnection>
  releaseConnection(connection: DriverConnection): Promise<void>
}

/**
 * Statements over knex's pool, each on a connection of its own. They bypass knex's query builder and its transactions:
 * for a sign-in these take longer to build the statements than SQLite takes to run them.
 */
export function createSql(db: Knex): Sql {
  const location = locationOf(db)
  return (text, values, name) => retryWhenBusy(() => withConnection(db, sql => sql(text, values, name)), location)
}

/** Runs statements one after another on one connection. They throw the driver's own errors. */
export async function withConnection<T>(db: Knex, work: (sql: Sql) => Promise<T>): Promise<T> {
  const pool: Pool = db.client
  const connection = await pool.acquireConnection()
  const isPostgres = pool.dialect === 'postgresql'
  try {
    return await work(async <Row>(text: string, values: SqlValues = [], name?: string) =>
      isPostgres ? runOnPostgres<Row>(connection, text, values, name) : runOnSqlite<Row>(connection, text, values),
    )
  } finally {
    await pool.releaseConnection(connection)
  }
}

/**
 * Runs a query, and waits about five seconds for an SQLite file that another connection is writing.
 * @param location where the database is, for the message of the error
 * @throws StoreError for every failure
 */
export async function retryWhenBusy<T>(query: () => PromiseLike<T>, location?: DatabaseLocation): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await query()
    } catch (error) {
      if (!driverCode(error).startsWith('SQLITE_BUSY') || tries === MAX_BUSY_TRIES) throw storeError(error, location)
    }
    await wait(BUSY_PAUSE_MS)
  }
}
