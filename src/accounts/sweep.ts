import type { Store } from '../store/types.js'
import type { Sessions } from './sessions.js'

const BATCH = 500
const MARKS_LIVE = 60 * 60_000

/** Deletes what has expired, 500 rows at a time, so that no other request waits long. */
export async function sweep(store: Store, sessions: Sessions, now: number): Promise<void> {
  await inBatches(() => store.sessions.removeExpired(now, sessions.seenBefore(now), BATCH))
  await inBatches(() => store.usedAttempts.removeOlder(now - MARKS_LIVE, BATCH))
}

async function inBatches(remove: () => Promise<number>): Promise<void> {
  while ((await remove()) === BATCH);
}
