import type { AccountsDeps } from '../deps.js'
import { AccountError, type AccountErrorDetails } from '../errors.js'
import { findAttempt, openAttempts } from './attempt.js'
import { ATTEMPT_SLOTS } from './attempt-cookies.js'
import type { CallbackRequest } from './callback-request.js'

/** An attempt seldom takes more slots than these, so a browser that has more of them free has lost none to another one. */
const USUAL_SLOTS_PER_ATTEMPT = 3

/**
 * Refuses an answer whose attempt gave way to newer ones of the same browser, with the return path where it is known.
 * Without this the page would speak of another browser.
 */
export function requireNotReplaced(
  { attemptSealer, recentStarts: starts }: AccountsDeps,
  state: string,
  request: CallbackRequest,
): void {
  if (findAttempt(attemptSealer, request.attemptCookies, state)) return
  const held = openAttempts(attemptSealer, request.attemptCookies)
  const start = starts.find(state)
  if (!start) {
    const free = ATTEMPT_SLOTS.length - held.flatMap(({ slots: run }) => run).length
    if (free < USUAL_SLOTS_PER_ATTEMPT) throw attemptReplaced('replaced_path_lost')
    return
  }
  const { provider, returnTo, isLinking, browser, startedAt } = start
  const isOfThisBrowser = provider === request.provider && browser.userAgent === request.browser.userAgent
  const hasNewer = held.some(({ attempt }) => attempt.startedAt >= startedAt)
  if (isOfThisBrowser && hasNewer) throw attemptReplaced('replaced', { retry: { provider, returnTo }, isLinking })
}

const attemptReplaced = (missingBecause: 'replaced' | 'replaced_path_lost', details: AccountErrorDetails = {}) =>
  new AccountError('attempt_missing', 'The attempt of this state gave way to newer ones of the same browser', {
    ...details,
    missingBecause,
  })
