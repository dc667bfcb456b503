import type { Database } from 'better-sqlite3'
import type { Knex } from 'knex'
import type pg from 'pg'
import type { SqlValues } from '../types.js'
import { locationOf } from './database-location.js'
import { runOnPostgres } from './postgres.js'
import { retryWhenBusy } from './retry-when-busy.js'
import { runOnSqlite } from './sqlite.js'

/**
 * Runs one statement, in the SQL of both databases with `?` for each value, and answers with its rows. With a name
 * PostgreSQL plans it once a connection. (A pooler in between must know prepared statements.)
 * @throws StoreError for whatever goes wrong
 */
export type Sql = <Row>(text: string, values?: SqlValues, name?: string) => Promise<Row[]>

/** A connection of knex's pool. Which of the two it is, only its dialect says. */
type DriverConnection = Database & pg.Client

interface Pool {
  dialect: string
  acquireConnection(): Promise<DriverConnection>
  releaseConnection(connection: DriverConnection): Promise<void>
}

/**
 * Statements over knex's pool, each on a connection of its own. Past its query builder and its transactions, because
 * these take longer to put a sign-in together than SQLite to run it.
 */
export function createSql(db: Knex): Sql {
  const location = locationOf(db)
  return (text, values, name) => retryWhenBusy(() => withConnection(db, sql => sql(text, values, name)), location)
}

/** Statements one after another on one connection. They throw what the driver throws. */
export async function withConnection<T>(db: Knex, work: (sql: Sql) => Promise<T>): Promise<T> {
  const pool: Pool = db.client
  const connection = await pool.acquireConnection()
  const onPostgres = pool.dialect === 'postgresql'
  try {
    return await work(async <Row>(text: string, values: SqlValues = [], name?: string) =>
      onPostgres ? runOnPostgres<Row>(connection, text, values, name) : runOnSqlite<Row>(connection, text, values),
    )
  } finally {
    await pool.releaseConnection(connection)
  }
}
