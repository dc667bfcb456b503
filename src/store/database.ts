import knex, { type Knex } from 'knex'
import { type PostgresLimits, postgresSettings } from './postgres.js'
import { sqliteSettings } from './sqlite.js'

/**
 * Opens the database of a `DATABASE_URL`: `sqlite:/a/path`, `sqlite::memory:`, `postgres://...`.
 * It connects at the first query.
 * @throws StoreError where the folder or file of an SQLite database cannot be made
 */
export function openDatabase(databaseUrl: string, limits?: PostgresLimits): Knex {
  return knex({
    ...connectionSettings(databaseUrl, limits),
    // knex would write the values of a failed query, tokens included, into the message of its error.
    compileSqlOnError: false,
    acquireConnectionTimeout: 5_000,
    // Whatever is worth saying arrives as an error; the rest would be printed past our log.
    log: { warn: ignore, error: ignore, deprecate: ignore, debug: ignore },
  })
}

function connectionSettings(databaseUrl: string, limits?: PostgresLimits): Knex.Config {
  if (databaseUrl.startsWith('sqlite:')) return sqliteSettings(databaseUrl.slice('sqlite:'.length))
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) return postgresSettings(databaseUrl, limits)
  throw new Error('A database URL begins with sqlite: or postgres://')
}

function ignore(): void {}
