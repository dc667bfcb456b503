import { LRUCache } from 'lru-cache'
import type { SessionTable } from '../../store/types.js'
import { type ActiveSession, toActiveSession } from './active-session.js'

/** By the monotonic clock: a session that another instance has ended is noticed after this time, also when the wall clock jumps. */
const CACHE_TTL_MS = 5_000
const MAX_ENTRIES = 10_000

/** A session as it was loaded a moment ago. */
export interface CachedSession {
  session: ActiveSession
  seenAt: number
  /** By the monotonic clock. */
  readAt: number
}

export interface SessionCache {
  read(handleHash: string): Promise<CachedSession | undefined>
  /** Whether the cache has this very session: false where sessions have ended since it was loaded. */
  isCached(session: ActiveSession): boolean
  forget(handleHash: string): void
  forgetAll(): void
}

/** A bounded cache of the table, because one query takes longer than all other work of a page. */
export function createSessionCache(
  table: SessionTable,
  roles: ReadonlySet<string>,
  monotonic: () => number,
): SessionCache {
  const entries = new LRUCache<string, CachedSession>({ max: MAX_ENTRIES })
  // A query that began before a session ended must not put the session back.
  let forgetCount = 0

  async function load(handleHash: string): Promise<CachedSession | undefined> {
    const forgetCountBefore = forgetCount
    // The time before the query, because the session may end elsewhere while the query runs.
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
    isCached: session => entries.peek(session.handleHash)?.session === session,
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
