import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../store/types.js'
import type { Sessions } from './sessions.js'

// A row of sessions lies in six trees, and whoever waits for an SQLite file waits for the batch and for what it leaves
// in the log: 500 rows kept others waiting for 160 milliseconds, 100 for 40.
const BATCH_ROWS = 100
const USED_ATTEMPT_LIFETIME_MS = 60 * 60_000
// SQLite answers within one turn of the event loop, so without a rest no request would get a turn before the end. And
// another process that waits for its file looks every two milliseconds whether it is free.
const PAUSE_MS = 5

/** How many rows have gone. */
export interface Pruned {
  sessions: number
  usedAttempts: number
  usedLogoutTokens: number
  events: number
}

const running = new WeakMap<Store, Promise<Pruned>>()

/**
 * Deletes what has expired, 100 rows at a time with a rest in between, so that no other request waits long. One that is
 * asked for while another is at it comes to the same: after a long stop there is more than a minute's work, and two at
 * once kept others waiting for a second.
 * @param eventsKeepMs how long the audit trail is kept, in milliseconds
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
