import type { Knex } from 'knex'
// A type alone: knex loads pg where it is needed, and SQLite users need not wait for it.
import type pg from 'pg'
import type { SqlValues } from '../types.js'

const INT8_OID = 20
/** read_only_sql_transaction */
const READ_ONLY_CODE = '25006'

export interface PostgresTimeouts {
  /** Milliseconds for making a connection. */
  connectMs: number
  /** Milliseconds without a byte from or to the server before a connection counts as dead. */
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
        // Times are milliseconds in int8, far below 2^53; pg would hand them over as text.
        client.setTypeParser(INT8_OID, Number)
        done(undefined, client)
      },
    },
  }
}

/** Runs one statement; its values are numbered there. */
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

// A server that vanished without a goodbye would keep a query waiting until TCP gives up, a quarter of an hour later.
function destroyOnSocketTimeout(client: pg.Client, timeoutMs: number): void {
  const { stream } = client.connection
  if (!('setTimeout' in stream) || typeof stream.setTimeout !== 'function') return
  stream.setTimeout(timeoutMs, () => stream.destroy(new Error('The database server fell silent')))
}

// After a fail-over the name leads to another server, but a connection stays with the one that may no longer write.
function destroyWhenReadOnly(client: pg.Client): void {
  client.connection.on('errorMessage', (error: { code?: string }) => {
    if (error.code === READ_ONLY_CODE) client.connection.stream.destroy()
  })
}
