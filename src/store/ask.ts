import { setTimeout as wait } from 'node:timers/promises'
import { driverCode, StoreError } from './errors.js'

// SQLite's own busy timeout would stop the event loop, and with it the transaction that is being waited for.
// Who writes in batches leaves it free for five milliseconds at a time, and whoever looks less often misses many of these.
const BUSY_PAUSE = 2
const BUSY_TRIES = 2_500

/**
 * Asks the database, and waits about five seconds for an SQLite file that another connection is writing.
 * @throws StoreError for whatever goes wrong
 */
export async function ask<T>(query: () => PromiseLike<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await query()
    } catch (error) {
      if (error instanceof StoreError) throw error
      const code = driverCode(error)
      if (!code.startsWith('SQLITE_BUSY') || tries === BUSY_TRIES) throw new StoreError(code)
    }
    await wait(BUSY_PAUSE)
  }
}
