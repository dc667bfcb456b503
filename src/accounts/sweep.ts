import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../store/types.js'
import type { Sessions } from './sessions.js'

const BATCH = 500
const MARKS_LIVE = 60 * 60_000
// SQLite answers within one turn of the event loop, so without a rest no request would get a turn before the end. And
// another process that waits for its file looks every ten milliseconds whether it is free.
const REST = 20

/** How many rows have gone. */
export interface Swept {
  sessions: number
  usedAttempts: number
}

/** Deletes what has expired, 500 rows at a time with a rest in between, so that no other request waits long. */
export async function sweep(store: Store, sessions: Pick<Sessions, 'seenBefore'>, now: number): Promise<Swept> {
  return {
    sessions: await inBatches(() => store.sessions.removeExpired(now, sessions.seenBefore(now), BATCH)),
    usedAttempts: await inBatches(() => store.usedAttempts.removeOlder(now - MARKS_LIVE, BATCH)),
  }
}

async function inBatches(remove: () => Promise<number>): Promise<number> {
  for (let gone = 0; ; await wait(REST)) {
    const removed = await remove()
    gone += removed
    if (removed < BATCH) return gone
  }
}
