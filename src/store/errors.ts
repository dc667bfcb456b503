/**
 * The database failed, for a reason that lies with the database.
 * The driver's own error is not attached: its text and its stack can hold a token, a handle or the connection password.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code = 'store_unavailable'

  /** @param driverCode what the driver calls it: `ECONNREFUSED`, `23505`, `SQLITE_FULL` */
  constructor(
    readonly driverCode: string,
    sentence = 'The database did not answer a query',
  ) {
    super(`${sentence} (${driverCode})`, { cause: { driverCode } })
  }
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
