import knex, { type Knex } from 'knex'
import { type DatabaseLocation, parseDatabaseUrl } from './database-location.js'
import { storeError } from './errors.js'
import { type PostgresTimeouts, postgresSettings } from './postgres.js'
import { sqliteSettings } from './sqlite.js'

/** For a connection of the pool, if all of them are busy. */
const ACQUIRE_TIMEOUT_MS = 5_000

/**
 * Opens the database of a `DATABASE_URL`: `sqlite:/a/path`, `sqlite::memory:`, `postgres://...`.
 * It connects at the first query.
 * @throws StoreError if the folder or file of an SQLite database cannot be created, or if the driver is not installed
 */
export function openDatabase(databaseUrl: string, timeouts?: PostgresTimeouts): Knex {
  const location = parseDatabaseUrl(databaseUrl)
  const settings: Knex.Config & { location: DatabaseLocation | undefined } = {
    ...connectionSettings(databaseUrl, timeouts),
    location,
    // knex would write the values of a failed query, tokens included, into the message of its error.
    compileSqlOnError: false,
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    // Every failure arrives as an error. knex would print these messages itself, outside of our log.
    log: { warn: noop, error: noop, deprecate: noop, debug: noop },
  }
  try {
    return knex(settings)
  } catch (error) {
    throw storeError(error, location)
  }
}

function connectionSettings(databaseUrl: string, timeouts?: PostgresTimeouts): Knex.Config {
  if (databaseUrl.startsWith('sqlite:')) return sqliteSettings(databaseUrl.slice('sqlite:'.length))
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) return postgresSettings(databaseUrl, timeouts)
  throw new Error('A database URL begins with sqlite: or postgres://')
}

function noop(): void {}
