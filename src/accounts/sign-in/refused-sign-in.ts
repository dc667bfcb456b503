import type { Sealer } from '../../crypto/keys.js'
import { atStep, ProtocolError } from '../../oauth/errors.js'
import { cleanText } from '../../oauth/text.js'
import type { Profile } from '../../providers/provider.js'
import { StoreError } from '../../store/db/errors.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, type AccountErrorDetails, hasErrorCode } from '../errors.js'
import type { AuthorizationResponse, Protocol } from '../protocols/protocol.js'
import {
  type Attempt,
  attemptHash,
  attemptId,
  type CallbackRequest,
  isCookieExpired,
  openAttempt,
  slotsOf,
} from './attempt.js'
import { withRetryTarget } from './start.js'

/** What is known of a callback, up to the step that failed. */
export interface CallbackProgress {
  attempt?: Attempt
  /** It was validated. */
  response?: AuthorizationResponse
  profile?: Profile
}

/** The parameters in which a provider refuses: `denied` and `oauth_problem` are those of OAuth 1.0a. */
const ERROR_PARAMS = ['error', 'denied', 'oauth_problem']

/** Adds to the error of a callback what is known by then: the exchange, the way back, the person. */
export function explainRefusal(
  attemptSealer: Sealer,
  thrown: unknown,
  protocol: Protocol,
  { params, attemptCookies }: CallbackRequest,
  { attempt, response, profile }: CallbackProgress,
): unknown {
  if (!attempt) return thrown
  // Until the response is validated, an error of the protocol is one of the authorization response.
  const inExchange = response || !(thrown instanceof ProtocolError) ? thrown : atStep(thrown, 'authorization')
  const error = withoutStoreError(explainRefusedSwitch(inExchange, attempt, protocol, params))
  const isEnded =
    ERROR_PARAMS.some(name => params.has(name)) && hasErrorCode(error) && error.code.startsWith('provider_')
  return withRetryTarget(error, attempt, {
    attemptId: attemptId(attempt.state),
    ...(isEnded && { endedAttemptSlots: slotsOf(attemptSealer, attemptCookies, attempt) }),
    ...(profile && hasErrorCode(error) && describeRefusedUser(profile, error.code)),
  })
}

/**
 * A provider that does not know `prompt=select_account` may respond with an error each time (OpenID Connect Core,
 * 3.1.2.6). Then only a sign-out at the provider helps.
 */
function explainRefusedSwitch(
  error: unknown,
  { asAnother }: Attempt,
  { label }: Protocol,
  params: URLSearchParams,
): unknown {
  const isRefused =
    params.get('error') === 'account_selection_required' || (hasErrorCode(error) && error.code === 'provider_error')
  if (!asAnother || !params.has('error') || !isRefused || !(error instanceof ProtocolError)) return error
  return new AccountError('provider_error', error.message, {
    ...error.details,
    userMessage: `${label} does not let you choose another account from here. Sign out at ${label} first, then sign in again.`,
  })
}

/** A sign-in writes what the provider sent, so a value that the database refuses came from the provider. */
const withoutStoreError = (error: unknown): unknown =>
  error instanceof StoreError && error.code === 'request_malformed'
    ? new AccountError('provider_malformed', error.message)
    : error

/** The person may be signed in at the provider with another account than they think. */
const CODES_THAT_SHOW_USER = [
  'not_admitted',
  'account_disabled',
  'refused_by_app',
  'link_needed',
  'link_conflict',
  'subject_mismatch',
]
const MAX_USER_CHARS = 80

/** The person whom an error is about, where the provider has already sent the profile. */
function describeRefusedUser(
  { subject, login, email, name }: Profile,
  code: string,
): Pick<AccountErrorDetails, 'refusedIdentity' | 'refusedUser'> {
  const refusedIdentity = { subject, login }
  if (!CODES_THAT_SHOW_USER.includes(code)) return { refusedIdentity }
  const whole = email ?? login ?? name ?? subject
  const shown = cleanText(whole, MAX_USER_CHARS)
  return { refusedIdentity, refusedUser: shown.length < whole.length ? `${shown}…` : shown }
}

/**
 * Writes to the audit log that a callback was refused. One attempt gets one row, for the first refusal: its cookie can be
 * sent any number of times, and rows stay for months. Without an attempt, and with one whose cookie should be
 * gone by now, the limit for anonymous events counts.
 */
export async function recordRefusedSignIn(
  { attemptSealer, auditLog, hooks, now }: Pick<AccountsDeps, 'attemptSealer' | 'auditLog' | 'hooks' | 'now'>,
  protocol: Protocol,
  { provider, browser, session, params, attemptCookies }: CallbackRequest,
  error: unknown,
): Promise<void> {
  const code = hasErrorCode(error) ? error.code : 'internal'
  const details = error instanceof AccountError ? error : undefined
  const userId = details?.userId ?? session?.user.id
  const { subject, login } = details?.refusedIdentity ?? {}
  const event = { kind: 'sign-in-refused', code, userId, provider, browser, subject, login } as const
  const attempt = tryOpenAttempt(attemptSealer, attemptCookies, protocol, params)
  if (!attempt || isCookieExpired(attempt, now())) await auditLog.recordAnonymous(event)
  else await auditLog.recordFirst(attemptHash(attempt), event)
  hooks.emit('sign-in-refused', { provider, code, userId })
}

/** The attempt of this browser that a refused callback belongs to. */
function tryOpenAttempt(
  attemptSealer: Sealer,
  cookies: CallbackRequest['attemptCookies'],
  protocol: Protocol,
  params: URLSearchParams,
): Attempt | undefined {
  try {
    return openAttempt(attemptSealer, cookies, protocol.readState(params), protocol.name)
  } catch {
    return undefined
  }
}
