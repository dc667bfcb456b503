import { LRUCache } from 'lru-cache'
import type { RateLimitSettings } from '../../config/types.js'
import { createKeyedSemaphore } from '../../net/concurrency.js'
import { type Deadline, setTimeoutDeadline } from '../../net/deadline.js'
import { rateLimitKey } from '../../net/rate-limit-key.js'

const MINUTE_MS = 60_000

/** How often each action is allowed in a minute; all of it may come at once. */
export const PER_MINUTE = {
  // For sign-ins where RATE_LIMITS is on without numbers, and for logout tokens that fail.
  address: 60,
  // A user signs in once, with a few tabs and a second try. More than this is a redirect loop, or a script.
  browser: 20,
} as const

/** For addresses and for browsers each. The key that was counted least recently is dropped first. */
export const MAX_COUNTERS = 50_000

/** For one address: how many logout tokens are verified at once, and how many more may wait. */
const LOGOUT_TOKENS_AT_ONCE = 8
const MAX_WAITING_LOGOUT_TOKENS = 1_000
export const MAX_LOGOUT_TOKEN_WAIT_MS = 10_000

/** Each action is counted by itself, so that a user who has started too many sign-ins can still finish one. */
export type LimitedAction = 'start' | 'callback' | 'form-post' | 'logout-token'

export interface RateLimitKeys {
  /** Undefined: not counted by address. */
  address: string | undefined
  /** Undefined: only the address is known. */
  browser: string | undefined
}

/** The limit that a request has exceeded. */
export interface LimitExceeded {
  by: 'address' | 'browser'
  /** How often the action is allowed in a minute. */
  limit: number
  /** The time until the next request is allowed. */
  retryAfterSeconds: number
}

export interface RateLimits {
  /** Counts an action, and says whether it exceeds a limit. A count is never taken back, not even by a successful sign-in. */
  count(action: LimitedAction, keys: RateLimitKeys): LimitExceeded | undefined
  /** Says, without counting, whether an address has reached its limit. */
  checkFailures(action: LimitedAction, address: string): LimitExceeded | undefined
  /**
   * Takes a turn among the logout tokens of an address: tokens that are being verified are not counted as failures yet.
   * Undefined where too many wait already.
   */
  acquireTurn(address: string): Promise<(() => void) | undefined>
}

/**
 * Counts in memory, each instance for itself. The limits stop floods, and a few instances do not turn a limit into a flood.
 * @param monotonic a clock in milliseconds that is never adjusted, so that a jump of the time of day does not end or prolong a minute
 */
export function createRateLimits(
  monotonic: () => number,
  { starts, callbacks }: RateLimitSettings = { starts: PER_MINUTE.address, callbacks: PER_MINUTE.address },
  deadline: Deadline = setTimeoutDeadline,
): RateLimits {
  const counters = { address: createCounters(monotonic), browser: createCounters(monotonic) }
  const addressLimits: Record<LimitedAction, number> = {
    start: starts,
    callback: callbacks,
    'form-post': callbacks,
    'logout-token': PER_MINUTE.address,
  }
  const acquireTurn = createKeyedSemaphore({
    limit: LOGOUT_TOKENS_AT_ONCE,
    maxWaiting: MAX_WAITING_LOGOUT_TOKENS,
    maxWaitMs: MAX_LOGOUT_TOKEN_WAIT_MS,
    deadline,
  })
  const limitOf = (by: LimitExceeded['by'], action: LimitedAction) =>
    by === 'address' ? addressLimits[action] : PER_MINUTE.browser

  function limitExceeded(by: LimitExceeded['by'], action: LimitedAction, counted: number): LimitExceeded | undefined {
    const limit = limitOf(by, action)
    if (counted <= limit) return undefined
    return { by, limit, retryAfterSeconds: Math.ceil((MINUTE_MS - (monotonic() % MINUTE_MS)) / 1_000) }
  }
  const count = (by: LimitExceeded['by'], action: LimitedAction, key: string) =>
    limitExceeded(by, action, counters[by].count(`${action} ${key}`))

  return {
    count(action, { address, browser }) {
      // The browser first: a browser in a redirect loop must not use up the limit of its whole office.
      const browserExceeded = browser === undefined ? undefined : count('browser', action, browser)
      if (browserExceeded || address === undefined) return browserExceeded
      return count('address', action, rateLimitKey(address))
    },
    checkFailures: (action, address) =>
      limitExceeded('address', action, counters.address.counted(`${action} ${rateLimitKey(address)}`) + 1),
    acquireTurn: address => acquireTurn(rateLimitKey(address)),
  }
}

/** How often each key was counted in this minute. A flood of new keys needs no more memory than MAX_COUNTERS keys. */
function createCounters(monotonic: () => number) {
  const counts = new LRUCache<string, number>({ max: MAX_COUNTERS })
  let minute = 0

  function counted(key: string): number {
    const current = Math.floor(monotonic() / MINUTE_MS)
    if (current !== minute) counts.clear()
    minute = current
    // `get` marks the key as recently used, so a key that keeps coming is not the one that is dropped.
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
