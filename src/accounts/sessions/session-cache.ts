import { LRUCache } from 'lru-cache'
import type { SessionTable } from '../../store/types.js'
import { type ActiveSession, toActiveSession } from './active-session.js'

/** Measured by the monotonic clock: a session that ended elsewhere is found out in time, whatever the wall clock does. */
const CACHE_TTL_MS = 5_000
const MAX_ENTRIES = 10_000

/** A session as it was looked up a moment ago. */
export interface CachedSession {
  session: ActiveSession
  seenAt: number
  /** By the monotonic clock. */
  readAt: number
}

export interface SessionCache {
  read(handleHash: string): Promise<CachedSession | undefined>
  /** Whether this is the session as it is remembered: false where sessions have ended since it was looked up. */
  isCached(live: ActiveSession): boolean
  forget(handleHash: string): void
  forgetAll(): void
}

/** A bounded cache in front of the table, because a query costs more than the whole rest of a page. */
export function createSessionCache(
  table: SessionTable,
  roles: ReadonlySet<string>,
  monotonic: () => number,
): SessionCache {
  const entries = new LRUCache<string, CachedSession>({ max: MAX_ENTRIES })
  // A lookup that began before a session ended must not put it back.
  let forgetCount = 0

  async function load(handleHash: string): Promise<CachedSession | undefined> {
    const forgetCountBefore = forgetCount
    // It may have ended elsewhere while the answer was on its way.
    const readAt = monotonic()
    const found = await table.find(handleHash)
    if (!found) return undefined
    const cached = { session: toActiveSession(found, roles), seenAt: found.session.seenAt, readAt }
    if (forgetCount === forgetCountBefore) entries.set(handleHash, cached)
    return cached
  }

  return {
    async read(handleHash) {
      const known = entries.get(handleHash)
      return known && monotonic() - known.readAt < CACHE_TTL_MS ? known : load(handleHash)
    },
    isCached: live => entries.peek(live.handleHash)?.session === live,
    forget(handleHash) {
      forgetCount += 1
      entries.delete(handleHash)
    },
    forgetAll() {
      forgetCount += 1
      entries.clear()
    },
  }
}
