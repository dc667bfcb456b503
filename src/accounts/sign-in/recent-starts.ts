import { LRUCache } from 'lru-cache'
import type { SafePath } from '../return-path.js'
import type { Browser } from '../sessions/sessions.js'
import { ATTEMPT_COOKIE_LIFETIME_MS, type Attempt, attemptHash } from './attempt.js'

/** With paths of 1,024 bytes about 8 MB. */
const MAX_STARTS = 5_000

/** What is left of a sign-in whose cookie another one has overwritten. */
export interface RecentStart {
  provider: string
  returnTo: SafePath
  /** It was to connect an account. */
  isLinking: boolean
  browser: Browser
  /** Milliseconds since 1970. */
  startedAt: number
}

/**
 * The last sign-ins that this process started. A browser keeps a few attempts only; for the others this says where they
 * were to lead. Nothing depends on it but that: another instance, or this one after a restart, does not know it.
 */
export interface RecentStarts {
  /** How many sign-ins were started here. */
  count(): number
  add(attempt: Attempt, browser: Browser): void
  /** @param state with OAuth 1.0a the temporary token */
  find(state: string): RecentStart | undefined
}

export function createRecentStarts(now: () => number): RecentStarts {
  const starts = new LRUCache<string, RecentStart>({ max: MAX_STARTS })
  let count = 0
  return {
    count: () => count,
    add(attempt, browser) {
      const { provider, returnTo, link, startedAt } = attempt
      count++
      starts.set(attemptHash(attempt), { provider, returnTo, isLinking: link !== undefined, browser, startedAt })
    },
    find(state) {
      const start = starts.get(attemptHash({ state }))
      return start && now() < start.startedAt + ATTEMPT_COOKIE_LIFETIME_MS ? start : undefined
    },
  }
}
