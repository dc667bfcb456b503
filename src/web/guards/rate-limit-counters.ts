import { isIPv6 } from 'node:net'
import { LRUCache } from 'lru-cache'
import type { RateLimitSettings } from '../../config/types.js'
import { ipv4Bytes, ipv6Words, MAPPED_PREFIX, NAT64_PREFIX, startsWith } from '../../http/private-host.js'
import { createKeyedSemaphore } from '../../net/concurrency.js'
import { type Deadline, setTimeoutDeadline } from '../../net/deadline.js'

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

/**
 * The key under which the requests of an address are counted. For an IPv6 address it is its /64: one owner has all of
 * it, and could use another address for each request. An IPv4 address is its own key, also inside an IPv6 address that
 * a translator or a tunnel made of it: otherwise all of IPv4 would be one /64.
 */
export function rateLimitKey(address: string): string {
  const bare = address.replace(/%.*$/, '')
  if (!isIPv6(bare)) return address
  const words = ipv6Words(bare)
  const embedded = embeddedIPv4(words)
  if (embedded) return ipv4Bytes(embedded).join('.')
  return `${words.slice(0, 4).map(hex).join(':')}::/64`
}

/** The prefixes of addresses whose last two words are an IPv4 address. */
const IPV4_AT_THE_END = [
  MAPPED_PREFIX,
  [0, 0, 0, 0, 0xffff, 0], // translated, as SIIT writes it (RFC 2765, 2.1)
  NAT64_PREFIX,
  [0x64, 0xff9b, 1, 0, 0, 0], // the same for local networks (RFC 8215)
]

/** The two words of the IPv4 address inside an IPv6 address. */
function embeddedIPv4(words: readonly number[]): number[] | undefined {
  if (IPV4_AT_THE_END.some(prefix => startsWith(words, prefix))) return words.slice(6)
  // 6to4: all of 2002:<IPv4>::/48 belongs to one IPv4 address (RFC 3056, 2).
  if (words[0] === 0x2002) return words.slice(1, 3)
  // Teredo: the last two words are the client's address with each bit inverted; the /64 belongs to the server (RFC
  // 4380, 4).
  if (startsWith(words, [0x2001, 0])) return words.slice(6).map(word => word ^ 0xffff)
  return undefined
}

const hex = (word: number): string => word.toString(16)
