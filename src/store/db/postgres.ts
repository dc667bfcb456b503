import type { Knex } from 'knex'
// Only a type: knex loads pg when it is needed, so that an app on SQLite starts without it.
import type pg from 'pg'
import type { SqlValues } from '../types.js'

const INT8_OID = 20
/** read_only_sql_transaction */
const READ_ONLY_CODE = '25006'

export interface PostgresTimeouts {
  /** To make a connection. */
  connectMs: number
  /** Without a byte from or to the server; then the connection counts as dead. */
  socketMs: number
}

/** The settings for a PostgreSQL database. */
export function postgresSettings(
  connectionString: string,
  timeouts: PostgresTimeouts = { connectMs: 3_000, socketMs: 10_000 },
): Knex.Config {
  return {
    client: 'pg',
    connection: {
      connectionString,
      connectionTimeoutMillis: timeouts.connectMs,
      application_name: 'vestibule',
    },
    pool: {
      min: 0,
      max: 10,
      afterCreate(client: pg.Client, done: (error: unknown, client: pg.Client) => void) {
        destroyOnSocketTimeout(client, timeouts.socketMs)
        destroyWhenReadOnly(client)
        // Times are milliseconds in int8, far below 2^53; pg would return them as text.
        client.setTypeParser(INT8_OID, Number)
        done(undefined, client)
      },
    },
  }
}

/** Runs one statement. PostgreSQL numbers the values: `$1` in place of `?`. */
export async function runOnPostgres<Row>(
  client: pg.Client,
  text: string,
  values: SqlValues,
  name?: string,
): Promise<Row[]> {
  let number = 0
  const numbered = text.replace(/\?/g, () => `$${++number}`)
  const { rows } = await client.query({ text: numbered, values: [...values], ...(name && { name }) })
  return rows
}

// If a server vanishes without closing the connection, a query would wait until TCP gives up, after 15 minutes.
function destroyOnSocketTimeout(client: pg.Client, timeoutMs: number): void {
  const { stream } = client.connection
  if (!('setTimeout' in stream) || typeof stream.setTimeout !== 'function') return
  stream.setTimeout(timeoutMs, () => stream.destroy(new Error('The database server stopped responding')))
}

// After a fail-over the host name leads to another server, but an open connection stays with the one that is read-only now.
function destroyWhenReadOnly(client: pg.Client): void {
  client.connection.on('errorMessage', (error: { code?: string }) => {
    if (error.code === READ_ONLY_CODE) client.connection.stream.destroy()
  })
}
