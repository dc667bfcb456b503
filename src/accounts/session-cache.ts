import { LRUCache } from 'lru-cache'
import type { Sessions as SessionTable } from '../store/types.js'
import { type LiveSession, liveSession } from './live-session.js'

/** Measured by the monotonic clock: a session that ended elsewhere is found out in time, whatever the wall clock does. */
const LIFE = 5_000
const ENTRIES = 10_000

/** A session as it was looked up a moment ago. */
export interface KnownSession {
  live: LiveSession
  seenAt: number
  /** By the monotonic clock. */
  readAt: number
}

export interface SessionCache {
  read(handleHash: string): Promise<KnownSession | undefined>
  /** Whether this is the session as it is remembered: false where sessions have ended since it was looked up. */
  isKnown(live: LiveSession): boolean
  forget(handleHash: string): void
  forgetAll(): void
}

/** A bounded cache in front of the table, because a query costs more than the whole rest of a page. */
export function createSessionCache(
  table: SessionTable,
  roles: ReadonlySet<string>,
  monotonic: () => number,
): SessionCache {
  const entries = new LRUCache<string, KnownSession>({ max: ENTRIES })
  // A lookup that began before a session ended must not put it back.
  let forgotten = 0

  async function lookUp(handleHash: string): Promise<KnownSession | undefined> {
    const before = forgotten
    // It may have ended elsewhere while the answer was on its way.
    const readAt = monotonic()
    const found = await table.find(handleHash)
    if (!found) return undefined
    const known = { live: liveSession(found, roles), seenAt: found.session.seenAt, readAt }
    if (forgotten === before) entries.set(handleHash, known)
    return known
  }

  return {
    async read(handleHash) {
      const known = entries.get(handleHash)
      return known && monotonic() - known.readAt < LIFE ? known : lookUp(handleHash)
    },
    isKnown: live => entries.peek(live.handleHash)?.live === live,
    forget(handleHash) {
      forgotten += 1
      entries.delete(handleHash)
    },
    forgetAll() {
      forgotten += 1
      entries.clear()
    },
  }
}
