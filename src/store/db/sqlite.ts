import type { Database, Statement } from 'better-sqlite3'
import type { Knex } from 'knex'
import type { SqlValues } from '../types.js'
import { createPrivateFile, fileConnection } from './sqlite-file.js'

const MEMORY = ':memory:'

/** The settings for an SQLite file, which is made if it is missing. */
export function sqliteSettings(filename: string): Knex.Config {
  if (filename !== MEMORY) createPrivateFile(filename)
  return {
    client: 'better-sqlite3',
    connection: filename === MEMORY ? { filename } : () => fileConnection(filename),
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate(connection: Database, done: (error: unknown, connection: Database) => void) {
        try {
          prepareConnection(connection)
          done(undefined, connection)
        } catch (error) {
          connection.close()
          done(error, connection)
        }
      },
    },
  }
}

/** Runs one statement; it knows no booleans. */
export function runOnSqlite<Row>(connection: Database, text: string, values: SqlValues): Row[] {
  const statement = connection.prepare<unknown[], Row>(text)
  const bound = values.map(value => (typeof value === 'boolean' ? Number(value) : value))
  if (statement.reader) return statement.all(...bound)
  statement.run(...bound)
  return []
}

function prepareConnection(connection: Database): void {
  connection.pragma('journal_mode = WAL')
  connection.pragma('synchronous = NORMAL')
  // Pages; four times the usual, so that what a batch has left is rarely moved by the request that comes after it.
  connection.pragma('wal_autocheckpoint = 4000')
  connection.pragma('foreign_keys = ON')
  // Last, because the lines above may wait for another process. From here on ask() waits, without stopping the event loop.
  connection.pragma('busy_timeout = 0')
  cacheStatements(connection)
}

/**
 * knex compiles each statement anew, which costs as much as the rest of the query: here each is compiled once.
 * And it begins transactions as readers, which cannot become writers once somebody else has written.
 */
function cacheStatements(connection: Database): void {
  const compile = connection.prepare.bind(connection)
  const statements = new Map<string, Statement>()

  function prepare(sql: string): Statement {
    if (sql === 'BEGIN' || sql === 'BEGIN;') return begin()
    const cached = statements.get(sql)
    if (cached) return cached
    const statement = compile(sql)
    statements.set(sql, statement)
    return statement
  }

  function begin(): Statement {
    // A COMMIT that failed, on a full disk for instance, leaves its transaction open.
    if (connection.inTransaction) connection.exec('ROLLBACK')
    return prepare('BEGIN IMMEDIATE')
  }

  Object.defineProperty(connection, 'prepare', { value: prepare })
}
