import type { DatabaseLocation } from './database-location.js'
import { describeDriverError } from './driver-errors.js'

/** A class of PostgreSQL: a value that no column can hold, as a text with a NUL in it (22021), or 22P02, 22P05. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/

/**
 * The database failed, for a reason that lies with the database; `request_malformed`: with a value that it was given.
 * The driver's own error is not attached: its text and its stack can hold a token, a handle or the connection password.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: 'store_unavailable' | 'request_malformed'

  /** @param driverCode what the driver calls it: `ECONNREFUSED`, `23505`, `SQLITE_FULL` */
  constructor(
    readonly driverCode: string,
    sentence = defaultSummary(driverCode),
    message = `${sentence} (${driverCode})`,
  ) {
    super(message, { cause: { driverCode } })
    this.code = DATA_EXCEPTION.test(driverCode) ? 'request_malformed' : 'store_unavailable'
  }
}

const defaultSummary = (driverCode: string): string =>
  DATA_EXCEPTION.test(driverCode) ? 'The database cannot hold a value' : 'The database did not answer a query'

/** What a driver threw, with what is known of its cause. */
export function storeError(error: unknown, location: DatabaseLocation | undefined): StoreError {
  if (error instanceof StoreError) return error
  const code = driverCode(error)
  return new StoreError(code, undefined, describeDriverError(error, code, location))
}

/** What the driver calls its error; errors without a code have only the name of their class. */
export function driverCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' && error.code !== '' ? error.code : error.name
}

/** The schema could not be moved, for a reason that somebody has to look at. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}
