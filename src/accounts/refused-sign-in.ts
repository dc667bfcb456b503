import { cleanText } from '../oauth/text.js'
import type { Profile } from '../providers/provider.js'
import { type Attempt, attemptMark, isForgotten, openAttempt } from './attempt.js'
import type { Deps } from './deps.js'
import type { Protocol } from './protocols/protocol.js'
import { isCoded, Refusal } from './refusal.js'
import type { Visit } from './visit.js'

/**
 * Writes down that a way back was refused. One attempt is worth one row, the first: its cookie can be shown as often as
 * somebody likes, and rows stay for months. Without an attempt, and with one whose cookie should be gone by now, it is
 * counted with the strangers.
 */
export async function noteRefusal(deps: Deps, protocol: Protocol, visit: Visit, error: unknown): Promise<void> {
  const { provider, browser, session } = visit
  const code = isCoded(error) ? error.code : 'internal'
  const userId = (error instanceof Refusal ? error.userId : undefined) ?? session?.user.id
  const { subject = null, login = null } = (error instanceof Refusal ? error.identity : undefined) ?? {}
  const happening = {
    kind: 'sign-in-refused',
    code,
    userId: userId ?? null,
    provider,
    browser,
    subject,
    login,
  } as const
  const attempt = findAttempt(deps, protocol, visit)
  if (!attempt || isForgotten(attempt, deps.now())) await deps.trail.noteStranger(happening)
  else await deps.trail.noteFirst(attemptMark(attempt), happening)
  deps.hooks.tell('sign-in-refused', { provider, code, userId })
}

/** The attempt that a refused answer belongs to, if it belongs to one of this browser. */
function findAttempt(deps: Deps, protocol: Protocol, { answer, attempts }: Visit): Attempt | undefined {
  try {
    return openAttempt(deps.attemptSealer, attempts, protocol.readHandle(answer), protocol.name)
  } catch {
    return undefined
  }
}

/** Where the person may be another one than they think they are. */
const SHOWS_WHO = [
  'not_admitted',
  'account_disabled',
  'refused_by_app',
  'link_needed',
  'link_conflict',
  'subject_mismatch',
]
const WHO_LENGTH = 80

/** The person that a refusal is about, where the provider has already sent the profile. */
export function whoIsRefused({ subject, login, email, name }: Profile, code: string) {
  const identity = { subject, login }
  if (!SHOWS_WHO.includes(code)) return { identity }
  const whole = email ?? login ?? name ?? subject
  const who = cleanText(whole, WHO_LENGTH)
  return { identity, who: who.length < whole.length ? `${who}…` : who }
}
