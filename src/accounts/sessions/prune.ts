import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../store/types.js'
import type { Sessions } from './sessions.js'

// A row of sessions is in six B-trees, and another writer of an SQLite file waits for the batch and for its part of the
// write-ahead log: 500 rows delayed it by 160 milliseconds, 100 rows by 40.
const BATCH_ROWS = 100
const USED_ATTEMPT_LIFETIME_MS = 60 * 60_000
// SQLite runs within one turn of the event loop, so without a pause no other request would run before the end. And another
// process that waits for the file checks every two milliseconds whether it is free.
const PAUSE_MS = 5

/** How many rows were deleted. */
export interface Pruned {
  sessions: number
  usedAttempts: number
  usedLogoutTokens: number
  events: number
}

const running = new WeakMap<Store, Promise<Pruned>>()

/**
 * Deletes what has expired, 100 rows at a time with a pause in between, so that no other request waits long. A call while
 * another one runs gets the result of that one: after a long stop there is work for more than a minute, and two at once
 * delayed other requests by a second.
 * @param eventsKeepMs how long events of the audit log are kept
 */
export function prune(
  store: Store,
  sessions: Pick<Sessions, 'seenBefore'>,
  eventsKeepMs: number,
  now: number,
): Promise<Pruned> {
  const current = running.get(store)
  if (current) return current
  const pruning = pruneAll(store, sessions, eventsKeepMs, now).finally(() => running.delete(store))
  running.set(store, pruning)
  return pruning
}

async function pruneAll(
  store: Store,
  { seenBefore }: Pick<Sessions, 'seenBefore'>,
  eventsKeepMs: number,
  now: number,
): Promise<Pruned> {
  const { sessions, usedAttempts, usedLogoutTokens, events } = store
  return {
    sessions: await inBatches(store, limit => sessions.removeExpired(now, seenBefore(now), limit)),
    usedAttempts: await inBatches(store, limit => usedAttempts.removeOlder(now - USED_ATTEMPT_LIFETIME_MS, limit)),
    usedLogoutTokens: await inBatches(store, limit => usedLogoutTokens.removeExpired(now, limit)),
    events: await inBatches(store, limit => events.removeOlder(now - eventsKeepMs, limit)),
  }
}

async function inBatches(store: Store, remove: (limit: number) => Promise<number>): Promise<number> {
  for (let total = 0; ; await wait(PAUSE_MS)) {
    const removed = await remove(BATCH_ROWS)
    total += removed
    if (removed < BATCH_ROWS) return total
    await store.checkpoint()
  }
}
