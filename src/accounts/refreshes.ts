import { LRUCache } from 'lru-cache'
import type { StoredTokens } from '../store/types.js'

const FIRST_WAIT = 30_000
const LONGEST_WAIT = 10 * 60_000
/** Nobody asks for newer tokens again this soon: what is refused then is not refused because of its age. */
const YOUNG = 30_000
const ENTRIES = 10_000

/** What one instance knows of the refreshes of its identities. Nothing of it is needed: without it more is asked. */
export interface Refreshes {
  /** Does the work once for all who ask for the same identity meanwhile. */
  share(identityId: string, work: () => Promise<StoredTokens>): Promise<StoredTokens>
  isYoung(identityId: string, now: number): boolean
  renewed(identityId: string, now: number): void
  /** Why nobody asks the provider again yet; undefined where somebody may. */
  troubleOf(identityId: string, now: number): Error | undefined
  /** Notes a failure, after which nobody asks for a while, longer each time; returns whether it is the first. */
  failed(identityId: string, error: Error, now: number): boolean
  /** Hears of what fails after tokens have been renewed. */
  complain(error: unknown): void
}

interface Trouble {
  error: Error
  wait: number
  until: number
}

export function createRefreshes(complain: (error: unknown) => void): Refreshes {
  const underWay = new Map<string, Promise<StoredTokens>>()
  const troubles = new LRUCache<string, Trouble>({ max: ENTRIES })
  const renewals = new LRUCache<string, number>({ max: ENTRIES })

  return {
    complain,
    share(identityId, work) {
      const known = underWay.get(identityId)
      if (known) return known
      const working = work().finally(() => underWay.delete(identityId))
      underWay.set(identityId, working)
      return working
    },
    isYoung: (identityId, now) => now < (renewals.get(identityId) ?? Number.NEGATIVE_INFINITY) + YOUNG,
    renewed(identityId, now) {
      renewals.set(identityId, now)
      troubles.delete(identityId)
    },
    troubleOf(identityId, now) {
      const trouble = troubles.get(identityId)
      return trouble && now < trouble.until ? trouble.error : undefined
    },
    failed(identityId, error, now) {
      const before = troubles.get(identityId)
      const wait = before ? Math.min(before.wait * 2, LONGEST_WAIT) : FIRST_WAIT
      troubles.set(identityId, { error, wait, until: now + wait })
      return before === undefined
    },
  }
}
