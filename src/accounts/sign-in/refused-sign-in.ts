import { cleanText } from '../../oauth/text.js'
import type { Profile } from '../../providers/provider.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import type { Protocol } from '../protocols/protocol.js'
import { type Attempt, attemptHash, isCookieExpired, openAttempt } from './attempt.js'
import type { CallbackRequest } from './callback-request.js'

/**
 * Writes down that a way back was refused. One attempt is worth one row, the first: its cookie can be shown as often as
 * somebody likes, and rows stay for months. Without an attempt, and with one whose cookie should be gone by now, it is
 * counted with the strangers.
 */
export async function recordRefusedSignIn(
  deps: AccountsDeps,
  protocol: Protocol,
  request: CallbackRequest,
  error: unknown,
): Promise<void> {
  const { provider, browser, session } = request
  const code = hasErrorCode(error) ? error.code : 'internal'
  const userId = (error instanceof AccountError ? error.userId : undefined) ?? session?.user.id
  const { subject = null, login = null } = (error instanceof AccountError ? error.refusedIdentity : undefined) ?? {}
  const event = {
    kind: 'sign-in-refused',
    code,
    userId: userId ?? null,
    provider,
    browser,
    subject,
    login,
  } as const
  const attempt = tryOpenAttempt(deps, protocol, request)
  if (!attempt || isCookieExpired(attempt, deps.now())) await deps.auditLog.recordAnonymous(event)
  else await deps.auditLog.recordFirst(attemptHash(attempt), event)
  deps.hooks.emit('sign-in-refused', { provider, code, userId })
}

/** The attempt that a refused answer belongs to, if it belongs to one of this browser. */
function tryOpenAttempt(
  deps: AccountsDeps,
  protocol: Protocol,
  { params, attemptCookies: attempts }: CallbackRequest,
): Attempt | undefined {
  try {
    return openAttempt(deps.attemptSealer, attempts, protocol.readState(params), protocol.name)
  } catch {
    return undefined
  }
}

/** Where the person may be another one than they think they are. */
const CODES_THAT_SHOW_USER = [
  'not_admitted',
  'account_disabled',
  'refused_by_app',
  'link_needed',
  'link_conflict',
  'subject_mismatch',
]
const MAX_USER_CHARS = 80

/** The person that a refusal is about, where the provider has already sent the profile. */
export function describeRefusedUser({ subject, login, email, name }: Profile, code: string) {
  const refusedIdentity = { subject, login }
  if (!CODES_THAT_SHOW_USER.includes(code)) return { identity: refusedIdentity }
  const whole = email ?? login ?? name ?? subject
  const refusedUser = cleanText(whole, MAX_USER_CHARS)
  return { identity: refusedIdentity, who: refusedUser.length < whole.length ? `${refusedUser}…` : refusedUser }
}
