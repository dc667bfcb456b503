import type { Database } from 'better-sqlite3'
import type { Knex } from 'knex'
import type pg from 'pg'
import { ask } from './ask.js'
import { placeOf } from './place.js'
import { runOnPostgres } from './postgres.js'
import { runOnSqlite } from './sqlite.js'
import type { Values } from './types.js'

/**
 * Runs one statement, in the SQL of both databases with `?` for each value, and answers with its rows. With a name
 * PostgreSQL plans it once a connection. (A pooler in between must know prepared statements.)
 * @throws StoreError for whatever goes wrong
 */
export type Sql = <Row>(text: string, values?: Values, name?: string) => Promise<Row[]>

/** A connection of knex's pool. Which of the two it is, only its dialect says. */
type Connection = Database & pg.Client

interface Pool {
  dialect: string
  acquireConnection(): Promise<Connection>
  releaseConnection(connection: Connection): Promise<void>
}

/**
 * Statements over knex's pool, each on a connection of its own. Past its query builder and its transactions, because
 * these take longer to put a sign-in together than SQLite to run it.
 */
export function sqlOver(db: Knex): Sql {
  const place = placeOf(db)
  return (text, values, name) => ask(() => holding(db, sql => sql(text, values, name)), place)
}

/** Statements one after another on one connection. They throw what the driver throws. */
export async function holding<T>(db: Knex, work: (sql: Sql) => Promise<T>): Promise<T> {
  const pool: Pool = db.client
  const connection = await pool.acquireConnection()
  const onPostgres = pool.dialect === 'postgresql'
  try {
    return await work(async <Row>(text: string, values: Values = [], name?: string) =>
      onPostgres ? runOnPostgres<Row>(connection, text, values, name) : runOnSqlite<Row>(connection, text, values),
    )
  } finally {
    await pool.releaseConnection(connection)
  }
}
