import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database, Statement } from 'better-sqlite3'
import type { Knex } from 'knex'
import type { SqlValues } from '../types.js'
import type { DatabaseLocation } from './database-location.js'
import { storeError } from './errors.js'

const MEMORY = ':memory:'

/** The settings for an SQLite file, which is created if it is missing. */
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

/**
 * Creates a database file that only its owner can read and write. SQLite gives the files beside it (-wal, -shm) the
 * same mode.
 * @throws StoreError
 */
function createPrivateFile(filename: string): void {
  try {
    mkdirSync(dirname(filename), { recursive: true })
    closeSync(openSync(filename, 'a', 0o600))
  } catch (error) {
    throw storeError(error, { kind: 'sqlite', path: filename })
  }
}

/**
 * The connection settings for the file that has this name now. knex calls this for each connection, and the checker
 * before each use of it. SQLite itself would go on with a file that was removed or replaced, and what it writes there
 * is lost.
 * @throws StoreError if there is no file: SQLite would create an empty one, which looks like a database without users
 */
function fileConnection(filename: string) {
  const location: DatabaseLocation = { kind: 'sqlite', path: filename }
  const file = fileIdOf(filename)
  if (file === undefined) throw storeError(Object.assign(new Error('gone'), { code: 'ENOENT' }), location)
  return { filename, expirationChecker: () => fileIdOf(filename) !== file }
}

function fileIdOf(filename: string): string | undefined {
  const stats = statSync(filename, { throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}

/** Runs one statement. SQLite has no booleans, so they become 0 and 1. */
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
  // In pages, four times the default: the request after a batch should rarely have to move what the batch has written.
  connection.pragma('wal_autocheckpoint = 4000')
  connection.pragma('foreign_keys = ON')
  // Last, because the lines above may wait for another process. From here on retryWhenBusy waits, and the event loop runs.
  connection.pragma('busy_timeout = 0')
  cacheStatements(connection)
}

/**
 * Compiles each statement once. knex compiles it at each call, which costs as much as the rest of the query. And knex
 * begins transactions as readers, which cannot become writers after another connection has written.
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
    // A COMMIT that failed, for example because the disk is full, leaves its transaction open.
    if (connection.inTransaction) connection.exec('ROLLBACK')
    return prepare('BEGIN IMMEDIATE')
  }

  Object.defineProperty(connection, 'prepare', { value: prepare })
}
