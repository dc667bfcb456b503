import knex, { type Knex } from 'knex'
import { storeError } from './errors.js'
import { type DatabasePlace, placeOfUrl } from './place.js'
import { type PostgresLimits, postgresSettings } from './postgres.js'
import { sqliteSettings } from './sqlite.js'

/**
 * Opens the database of a `DATABASE_URL`: `sqlite:/a/path`, `sqlite::memory:`, `postgres://...`.
 * It connects at the first query.
 * @throws StoreError where the folder or file of an SQLite database cannot be made, or the driver is not there
 */
export function openDatabase(databaseUrl: string, limits?: PostgresLimits): Knex {
  const place = placeOfUrl(databaseUrl)
  const settings: Knex.Config & { place: DatabasePlace | undefined } = {
    ...connectionSettings(databaseUrl, limits),
    place,
    // knex would write the values of a failed query, tokens included, into the message of its error.
    compileSqlOnError: false,
    acquireConnectionTimeout: 5_000,
    // Whatever is worth saying arrives as an error; the rest would be printed past our log.
    log: { warn: ignore, error: ignore, deprecate: ignore, debug: ignore },
  }
  try {
    return knex(settings)
  } catch (error) {
    throw storeError(error, place)
  }
}

function connectionSettings(databaseUrl: string, limits?: PostgresLimits): Knex.Config {
  if (databaseUrl.startsWith('sqlite:')) return sqliteSettings(databaseUrl.slice('sqlite:'.length))
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) return postgresSettings(databaseUrl, limits)
  throw new Error('A database URL begins with sqlite: or postgres://')
}

function ignore(): void {}
