import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../store/types.js'
import type { Sessions } from './sessions.js'

// A row of sessions lies in six trees, and whoever waits for an SQLite file waits for the batch and for what it leaves
// in the log: 500 rows kept others waiting for 160 milliseconds, 100 for 40.
const BATCH = 100
const MARKS_LIVE = 60 * 60_000
// SQLite answers within one turn of the event loop, so without a rest no request would get a turn before the end. And
// another process that waits for its file looks every two milliseconds whether it is free.
const REST = 5

/** How many rows have gone. */
export interface Swept {
  sessions: number
  usedAttempts: number
  usedLogoutTokens: number
  events: number
}

const underWay = new WeakMap<Store, Promise<Swept>>()

/**
 * Deletes what has expired, 100 rows at a time with a rest in between, so that no other request waits long. One that is
 * asked for while another is at it comes to the same: after a long stop there is more than a minute's work, and two at
 * once kept others waiting for a second.
 * @param eventsKeep how long the audit trail is kept, in milliseconds
 */
export function sweep(
  store: Store,
  sessions: Pick<Sessions, 'seenBefore'>,
  eventsKeep: number,
  now: number,
): Promise<Swept> {
  const known = underWay.get(store)
  if (known) return known
  const sweeping = sweepAll(store, sessions, eventsKeep, now).finally(() => underWay.delete(store))
  underWay.set(store, sweeping)
  return sweeping
}

async function sweepAll(
  store: Store,
  { seenBefore }: Pick<Sessions, 'seenBefore'>,
  eventsKeep: number,
  now: number,
): Promise<Swept> {
  const { sessions, usedAttempts, usedLogoutTokens, events } = store
  return {
    sessions: await inBatches(store, limit => sessions.removeExpired(now, seenBefore(now), limit)),
    usedAttempts: await inBatches(store, limit => usedAttempts.removeOlder(now - MARKS_LIVE, limit)),
    usedLogoutTokens: await inBatches(store, limit => usedLogoutTokens.removeExpired(now, limit)),
    events: await inBatches(store, limit => events.removeOlder(now - eventsKeep, limit)),
  }
}

async function inBatches(store: Store, remove: (limit: number) => Promise<number>): Promise<number> {
  for (let gone = 0; ; await wait(REST)) {
    const removed = await remove(BATCH)
    gone += removed
    if (removed < BATCH) return gone
    await store.settle()
  }
}
