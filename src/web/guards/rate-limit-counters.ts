import { LRUCache } from 'lru-cache'
import type { RateLimitSettings } from '../../config/types.js'
import { createKeyedSemaphore } from '../../net/concurrency.js'
import { type Deadline, setTimeoutDeadline } from '../../net/deadline.js'
import { rateLimitKey } from '../../net/rate-limit-key.js'

const MINUTE_MS = 60_000

/** How much of each act a minute has room for; all of it may come at once. */
export const PER_MINUTE = {
  // Of sign-ins where RATE_LIMITS is on without numbers, and of logout tokens that fail.
  address: 60,
  // A person signs in once, with a few tabs and a second try. More is two redirects that chase each other, or a script.
  browser: 20,
} as const

/** Of addresses and of browsers each. The one that was counted least recently is forgotten first. */
export const MAX_COUNTERS = 50_000

/** Of one address: how many logout tokens are verified at once, and how many more may wait. */
const LOGOUT_TOKENS_AT_ONCE = 8
const MAX_WAITING_LOGOUT_TOKENS = 1_000
export const MAX_LOGOUT_TOKEN_WAIT_MS = 10_000

/** What is counted: each act by itself, so that whoever has used up their starts can still finish one. */
export type LimitedAction = 'start' | 'callback' | 'posted-answer' | 'logout-token'

export interface RateLimitKeys {
  /** Undefined: not counted by address. */
  address: string | undefined
  /** Undefined: not known by anything but the address. */
  browser: string | undefined
}

/** What was too much. */
export interface LimitExceeded {
  by: 'address' | 'browser'
  /** How many a minute there is room for. */
  limit: number
  /** Until it may be tried again. */
  retryAfterSeconds: number
}

export interface RateLimits {
  /** Counts an act; tells if it is one too many. Nothing ever takes a count back, a sign-in that succeeds neither. */
  count(act: LimitedAction, who: RateLimitKeys): LimitExceeded | undefined
  /** Tells, without counting, whether an address has used up what it had. */
  checkFailures(act: LimitedAction, address: string): LimitExceeded | undefined
  /**
   * Takes a turn among the logout tokens of an address: those that are still verified are not counted as failures yet.
   * Undefined where too many wait already.
   */
  acquireTurn(address: string): Promise<(() => void) | undefined>
}

/**
 * Counts in memory, each instance for itself: the limits hold off floods, and a few times more of it is no flood.
 * @param monotonic a clock in milliseconds that nothing sets, so that no jump of the time of day ends or prolongs a minute
 */
export function createRateLimits(
  monotonic: () => number,
  { starts, callbacks }: RateLimitSettings = { starts: PER_MINUTE.address, callbacks: PER_MINUTE.address },
  deadline: Deadline = setTimeoutDeadline,
): RateLimits {
  const counters = { address: createCounters(monotonic), browser: createCounters(monotonic) }
  const addressLimits: Record<LimitedAction, number> = {
    ...{ start: starts, callback: callbacks, 'posted-answer': callbacks },
    'logout-token': PER_MINUTE.address,
  }
  const acquireTurn = createKeyedSemaphore({
    ...{ limit: LOGOUT_TOKENS_AT_ONCE, maxWaiting: MAX_WAITING_LOGOUT_TOKENS },
    ...{ maxWaitMs: MAX_LOGOUT_TOKEN_WAIT_MS, deadline },
  })
  const limitOf = (by: LimitExceeded['by'], action: LimitedAction) =>
    by === 'address' ? addressLimits[action] : PER_MINUTE.browser

  function limitExceeded(by: LimitExceeded['by'], act: LimitedAction, counted: number): LimitExceeded | undefined {
    const limit = limitOf(by, act)
    if (counted <= limit) return undefined
    return { by, limit, retryAfterSeconds: Math.ceil((MINUTE_MS - (monotonic() % MINUTE_MS)) / 1_000) }
  }
  const count = (by: LimitExceeded['by'], act: LimitedAction, key: string) =>
    limitExceeded(by, act, counters[by].count(`${act} ${key}`))

  return {
    count(act, { address, browser }) {
      // The browser first: one that runs in circles must not use up what its whole office has.
      const browserExceeded = browser === undefined ? undefined : count('browser', act, browser)
      if (browserExceeded || address === undefined) return browserExceeded
      return count('address', act, rateLimitKey(address))
    },
    checkFailures: (act, address) =>
      limitExceeded('address', act, counters.address.counted(`${act} ${rateLimitKey(address)}`) + 1),
    acquireTurn: address => acquireTurn(rateLimitKey(address)),
  }
}

/** How often each key came in this minute. A flood of new keys takes up no more memory than the first of them. */
function createCounters(monotonic: () => number) {
  const counts = new LRUCache<string, number>({ max: MAX_COUNTERS })
  let minute = 0

  function counted(key: string): number {
    const current = Math.floor(monotonic() / MINUTE_MS)
    if (current !== minute) counts.clear()
    minute = current
    // What is asked for counts as used: a key that goes on coming is not the one that is forgotten.
    return counts.get(key) ?? 0
  }
  return {
    counted,
    count(key: string): number {
      const count = counted(key) + 1
      counts.set(key, count)
      return count
    },
  }
}
