import { setTimeout as wait } from 'node:timers/promises'
import type { DatabaseLocation } from './database-location.js'
import { driverCode, storeError } from './errors.js'

// SQLite's own busy timeout would stop the event loop, and with it the transaction that is being waited for.
// Who writes in batches leaves it free for five milliseconds at a time, and whoever looks less often misses many of these.
const BUSY_PAUSE_MS = 2
const MAX_BUSY_TRIES = 2_500

/**
 * Asks the database, and waits about five seconds for an SQLite file that another connection is writing.
 * @param location where the database is, for the message of the error
 * @throws StoreError for whatever goes wrong
 */
export async function retryWhenBusy<T>(query: () => PromiseLike<T>, location?: DatabaseLocation): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await query()
    } catch (error) {
      if (!driverCode(error).startsWith('SQLITE_BUSY') || tries === MAX_BUSY_TRIES) throw storeError(error, location)
    }
    await wait(BUSY_PAUSE_MS)
  }
}
