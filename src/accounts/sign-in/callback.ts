import { sha256 } from '../../crypto/digest.js'
import { atStep, ProtocolError } from '../../oauth/errors.js'
import type { Profile } from '../../providers/provider.js'
import { StoreError } from '../../store/db/errors.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, hasErrorCode } from '../errors.js'
import type { AuthorizationResponse, Protocol } from '../protocols/protocol.js'
import type { SafePath } from '../return-path.js'
import type { SessionHandle } from '../sessions/sessions.js'
import { type Attempt, attemptHash, isExpired, openAttempt, retryTargetOf, slotsOf } from './attempt.js'
import type { CallbackRequest } from './callback-request.js'
import { type CompletedSignIn, completeSignIn } from './complete-sign-in.js'
import { exchangeCode } from './exchange-code.js'
import { linkIdentity, requireLinkingSession } from './linking.js'
import { describeRefusedUser, recordRefusedSignIn } from './refused-sign-in.js'
import { requireNotReplaced } from './replaced-attempt.js'
import { requireProtocol, type StartedSignIn, startAttempt, withRetryTarget } from './start.js'

/** What came of it: a session, or one more connection of the account that is signed in. */
export type SignInResult = SignedIn | IdentityLinked

interface FinishedSignIn {
  userId: string
  /** The provider's, for people. */
  label: string
  returnTo: SafePath
}

export interface SignedIn extends FinishedSignIn {
  session: SessionHandle
  isNewDevice: boolean
  /** Where the way goes on: to connect what the person wanted to sign in with at first. */
  next: StartedSignIn | undefined
}

export interface IdentityLinked extends FinishedSignIn {
  session?: undefined
  /** It was connected before. */
  alreadyLinked: boolean
}

/** The way back, and its end in the audit trail. */
export async function finishSignIn(deps: AccountsDeps, request: CallbackRequest): Promise<SignInResult> {
  const protocol = requireProtocol(deps, request.provider)
  try {
    return await handleCallback(deps, protocol, request)
  } catch (error) {
    await recordRefusedSignIn(deps, protocol, request, error)
    throw error
  }
}

/** The order is the security: nothing is spent or written before all that comes above it held. */
async function handleCallback(deps: AccountsDeps, protocol: Protocol, request: CallbackRequest): Promise<SignInResult> {
  const { browser, params } = request
  const attempt = await openCallbackAttempt(deps, protocol, request) // this browser, this provider, in time
  let profile: Profile | undefined
  try {
    await requireLinkingSession(deps, attempt, request.session) // a connection: the session that asked for it
    const response = validateCallback(protocol, params, attempt) // issuer, error, code
    const external = await exchangeCode(deps, protocol, attempt, response) // a free slot, marked used, then the code is spent
    const identity = { ...external, provider: protocol.name }
    profile = external.profile
    deps.warnUnusableFields(protocol.name, external.unusableFields)
    const finished = { label: protocol.label, returnTo: attempt.returnTo }
    if (attempt.link) {
      const alreadyLinked = await linkIdentity(deps, attempt.link, identity, browser)
      return { ...finished, userId: attempt.link.userId, alreadyLinked: alreadyLinked }
    }
    const completed = await completeSignIn(deps, attempt, identity, browser) // admission, account and session
    await recordReplacedSession(deps, completed, request)
    return { ...finished, ...completed, next: await continueLinking(deps, attempt, completed, request) }
  } catch (error) {
    throw withAttempt(deps, explainRefusedSwitch(error, attempt, protocol, request), attempt, request, profile)
  }
}

async function openCallbackAttempt(deps: AccountsDeps, protocol: Protocol, request: CallbackRequest): Promise<Attempt> {
  const state = protocol.readState(request.params)
  requireNotReplaced(deps, state, request)
  const opened = openAttempt(deps.attemptSealer, request.attemptCookies, state, protocol.name)
  // A path that found no room in the cookies is still known to the instance that started the sign-in.
  const attempt = { ...opened, returnTo: deps.recentStarts.find(state)?.returnTo ?? opened.returnTo }
  if (!isExpired(attempt, deps.now())) return attempt
  // An old answer out of the browser's history was most likely a good one once; then it is told kindly.
  const code = (await deps.store.usedAttempts.has(attemptHash(attempt))) ? 'attempt_used' : 'attempt_expired'
  throw new AccountError(code, 'The attempt is older than ten minutes', { retry: retryTargetOf(attempt) })
}

function validateCallback(protocol: Protocol, params: URLSearchParams, attempt: Attempt): AuthorizationResponse {
  try {
    return protocol.validateCallback(params, attempt)
  } catch (error) {
    throw atStep(error, 'authorization')
  }
}

/** The browser has one session, and that of somebody else before ends with this one. */
async function recordReplacedSession(
  { auditLog: trail }: AccountsDeps,
  { userId }: CompletedSignIn,
  { session, browser }: CallbackRequest,
): Promise<void> {
  if (!session || session.user.id === userId) return
  const { user, provider } = session
  await trail.record({ kind: 'session-ended', code: 'person', userId: user.id, provider, browser })
}

/** Whoever came with a ticket and signed in to its account goes on to connect the other identity. */
async function continueLinking(
  deps: AccountsDeps,
  { join, returnTo }: Attempt,
  completed: CompletedSignIn,
  request: CallbackRequest,
) {
  if (!join?.userIds.includes(completed.userId)) return undefined
  const link = { userId: completed.userId, session: sha256(completed.session), expects: join.identity }
  // They are signed in all the same, and can connect it on their account page.
  return startAttempt(deps, { provider: join.provider, returnTo, link }, request).catch(undefinedOnError)
}

const undefinedOnError = (): undefined => undefined

/** What a refusal by the provider itself is told in: `denied` and the last are OAuth 1.0a's. */
const ERROR_PARAMS = ['error', 'denied', 'oauth_problem']

function withAttempt(
  { attemptSealer }: AccountsDeps,
  thrown: unknown,
  attempt: Attempt,
  { params, attemptCookies: attempts }: CallbackRequest,
  profile: Profile | undefined,
): unknown {
  const error = isUnstorableValue(thrown) ? new AccountError('provider_malformed', thrown.message) : thrown
  const isEnded =
    ERROR_PARAMS.some(name => params.has(name)) && hasErrorCode(error) && error.code.startsWith('provider_')
  return withRetryTarget(error, attempt, {
    ...(isEnded && { overAttempt: slotsOf(attemptSealer, attempts, attempt) }),
    ...(profile && hasErrorCode(error) && describeRefusedUser(profile, error.code)),
  })
}

/**
 * A provider that knows no `prompt=select_account` may answer it with an error (OpenID Connect Core, 3.1.2.6), for ever; then
 * only a sign-out there helps.
 */
function explainRefusedSwitch(
  error: unknown,
  { asAnother }: Attempt,
  { label }: Protocol,
  { params }: CallbackRequest,
): unknown {
  const isRefused =
    params.get('error') === 'account_selection_required' || (hasErrorCode(error) && error.code === 'provider_error')
  if (!asAnother || !params.has('error') || !isRefused || !(error instanceof ProtocolError)) return error
  const { message, details } = error
  const userMessage = `${label} does not let you choose another account from here. Sign out at ${label} first, then sign in again.`
  return new AccountError('provider_error', message, { ...details, userMessage: userMessage })
}

/** What a sign-in writes is what the provider told. */
const isUnstorableValue = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'request_malformed'
