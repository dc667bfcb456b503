import { LRUCache } from 'lru-cache'
import { AccountError, type AccountErrorDetails } from '../errors.js'
import type { SafePath } from '../return-path.js'
import type { Browser } from '../sessions/sessions.js'
import {
  ATTEMPT_COOKIE_LIFETIME_MS,
  type Attempt,
  attemptHash,
  attemptId,
  type CallbackRequest,
  isOfState,
  type OpenedAttempt,
} from './attempt.js'
import { ATTEMPT_SLOTS } from './attempt-cookies.js'

/** With paths of 1,024 bytes about 8 MB. */
const MAX_STARTS = 5_000

/** What is left of a sign-in whose cookie was overwritten by that of another one. */
export interface RecentStart {
  provider: string
  returnTo: SafePath
  /** Its purpose was to link an identity to an account. */
  isLinking: boolean
  browser: Browser
  /** Milliseconds since 1970. */
  startedAt: number
}

/**
 * The last sign-ins that this process started. A browser has room for a few attempts only; for the others this is what
 * remembers their return paths. Nothing else depends on it: another instance, or this one after a restart, does not
 * know it.
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

/** An attempt seldom takes more slots than these, so a browser that has more of them free has lost none to another one. */
const USUAL_SLOTS_PER_ATTEMPT = 3

/**
 * Refuses a callback whose attempt was replaced by newer ones of the same browser, with the return path where it is known.
 * Without this the page would speak of another browser.
 * @param opened the attempts that the browser still has
 * @param start where this process started the attempt of the state
 */
export function requireNotReplaced(
  opened: readonly OpenedAttempt[],
  state: string,
  start: RecentStart | undefined,
  request: CallbackRequest,
): void {
  if (opened.some(({ attempt }) => isOfState(attempt, state))) return
  if (!start) {
    const free = ATTEMPT_SLOTS.length - opened.flatMap(({ slots }) => slots).length
    if (free < USUAL_SLOTS_PER_ATTEMPT) throw attemptReplaced(state, 'replaced_path_lost')
    return
  }
  const { provider, returnTo, isLinking, browser, startedAt } = start
  const isOfThisBrowser = provider === request.provider && browser.userAgent === request.browser.userAgent
  const hasNewer = opened.some(({ attempt }) => attempt.startedAt >= startedAt)
  if (isOfThisBrowser && hasNewer)
    throw attemptReplaced(state, 'replaced', { retry: { provider, returnTo }, isLinking })
}

const attemptReplaced = (
  state: string,
  missingBecause: 'replaced' | 'replaced_path_lost',
  details: AccountErrorDetails = {},
) =>
  new AccountError('attempt_missing', 'The attempt of this state gave way to newer ones of the same browser', {
    ...details,
    attemptId: attemptId(state),
    missingBecause,
  })
