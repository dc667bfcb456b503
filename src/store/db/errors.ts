import type { DatabaseLocation } from './database-location.js'
import { describeDriverError } from './driver-errors.js'

/** An error class of PostgreSQL: no column can hold the value, such as a text with a NUL in it (22021); also 22P02, 22P05. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/

/**
 * A query failed. `store_unavailable`: the database is the cause; `request_malformed`: a value of the query is the cause.
 * The driver's own error is not attached: its text and its stack can hold a token, a handle or the connection password.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: 'store_unavailable' | 'request_malformed'

  /** @param driverCode the driver's error code: `ECONNREFUSED`, `23505`, `SQLITE_FULL` */
  constructor(
    readonly driverCode: string,
    summary = defaultSummary(driverCode),
    message = `${summary} (${driverCode})`,
  ) {
    super(message, { cause: { driverCode } })
    this.code = DATA_EXCEPTION.test(driverCode) ? 'request_malformed' : 'store_unavailable'
  }
}

const defaultSummary = (driverCode: string): string =>
  DATA_EXCEPTION.test(driverCode) ? 'The database cannot hold a value' : 'The database did not answer a query'

/** Turns what a driver threw into a StoreError whose message says the cause, if it is known. */
export function storeError(error: unknown, location: DatabaseLocation | undefined): StoreError {
  if (error instanceof StoreError) return error
  const code = driverCode(error)
  return new StoreError(code, undefined, describeDriverError(error, code, location))
}

/** The driver's code for an error; the name of its class if the error has no code. */
export function driverCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' && error.code !== '' ? error.code : error.name
}

/** The migrations did not run, and the operator has to look at the cause. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** The tables of the database are not those of this build. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  readonly code = 'store_unavailable'
}
