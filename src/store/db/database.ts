import knex, { type Knex } from 'knex'
import { type DatabaseLocation, parseDatabaseUrl } from './database-location.js'
import { storeError } from './errors.js'
import { type PostgresTimeouts, postgresSettings } from './postgres.js'
import { sqliteSettings } from './sqlite.js'

/**
 * Opens the database of a `DATABASE_URL`: `sqlite:/a/path`, `sqlite::memory:`, `postgres://...`.
 * It connects at the first query.
 * @throws StoreError where the folder or file of an SQLite database cannot be made, or the driver is not there
 */
export function openDatabase(databaseUrl: string, timeouts?: PostgresTimeouts): Knex {
  const location = parseDatabaseUrl(databaseUrl)
  const settings: Knex.Config & { place: DatabaseLocation | undefined } = {
    ...connectionSettings(databaseUrl, timeouts),
    place: location,
    // knex would write the values of a failed query, tokens included, into the message of its error.
    compileSqlOnError: false,
    acquireConnectionTimeout: 5_000,
    // Whatever is worth saying arrives as an error; the rest would be printed past our log.
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
