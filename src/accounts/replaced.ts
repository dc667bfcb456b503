import { findAttempt, openAttempts } from './attempt.js'
import { SLOTS } from './attempt-slots.js'
import type { Deps } from './deps.js'
import { Refusal } from './refusal.js'
import type { Visit } from './visit.js'

/** An attempt seldom takes more slots than these, so a browser that has more of them free has lost none to another one. */
const SLOTS_OF_AN_ATTEMPT = 3

/**
 * Refuses an answer whose attempt gave way to newer ones of the same browser, with the return path where it is known.
 * Without this the page would speak of another browser.
 */
export function refuseReplaced({ attemptSealer, starts }: Deps, state: string, visit: Visit): void {
  if (findAttempt(attemptSealer, visit.attempts, state)) return
  const held = openAttempts(attemptSealer, visit.attempts)
  const start = starts.find(state)
  if (!start) {
    const free = SLOTS.length - held.flatMap(({ run }) => run).length
    if (free < SLOTS_OF_AN_ATTEMPT) throw replaced('replaced_path_lost')
    return
  }
  const { provider, returnTo, connecting, browser, startedAt } = start
  const isOfThisBrowser = provider === visit.provider && browser.userAgent === visit.browser.userAgent
  const hasNewer = held.some(({ attempt }) => attempt.startedAt >= startedAt)
  if (isOfThisBrowser && hasNewer) throw replaced('replaced', { retry: { provider, returnTo }, connecting })
}

const replaced = (missingBecause: 'replaced' | 'replaced_path_lost', details = {}) =>
  new Refusal('attempt_missing', 'The attempt of this state gave way to newer ones of the same browser', {
    ...details,
    missingBecause,
  })
