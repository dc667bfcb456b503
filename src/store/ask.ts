import { setTimeout as wait } from 'node:timers/promises'
import { driverCode, storeError } from './errors.js'
import type { DatabasePlace } from './place.js'

// SQLite's own busy timeout would stop the event loop, and with it the transaction that is being waited for.
// Who writes in batches leaves it free for five milliseconds at a time, and whoever looks less often misses many of these.
const BUSY_PAUSE = 2
const BUSY_TRIES = 2_500

/**
 * Asks the database, and waits about five seconds for an SQLite file that another connection is writing.
 * @param place where the database is, for the message of the error
 * @throws StoreError for whatever goes wrong
 */
export async function ask<T>(query: () => PromiseLike<T>, place?: DatabasePlace): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await query()
    } catch (error) {
      if (!driverCode(error).startsWith('SQLITE_BUSY') || tries === BUSY_TRIES) throw storeError(error, place)
    }
    await wait(BUSY_PAUSE)
  }
}
