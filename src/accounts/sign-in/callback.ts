import { sha256 } from '../../crypto/digest.js'
import type { AuditLog } from '../audit-log.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, withReadableType } from '../errors.js'
import type { AuthorizationResponse, Protocol } from '../protocols/protocol.js'
import { EXCHANGE_TIMEOUT_MS, withCallSlot } from '../provider-calls.js'
import type { SafePath } from '../return-path.js'
import type { SessionHandle } from '../sessions/sessions.js'
import {
  type Attempt,
  attemptHash,
  type CallbackRequest,
  isAttemptExpired,
  openAttempt,
  openAttempts,
  retryTargetOf,
} from './attempt.js'
import { type CompletedSignIn, completeSignIn } from './complete-sign-in.js'
import type { ProviderIdentity } from './find-or-create-user.js'
import { linkIdentity, requireLinkingSession } from './linking.js'
import { requireNotReplaced } from './recent-starts.js'
import { type CallbackProgress, explainRefusal, recordRefusedSignIn } from './refused-sign-in.js'
import { requireProtocol, type StartedSignIn, startAttempt } from './start.js'

/** The result of a callback: a session, or one more identity of the account that is signed in. */
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
  /** A second sign-in that follows at once: it links the identity that the person wanted to sign in with at first. */
  next: StartedSignIn | undefined
}

export interface IdentityLinked extends FinishedSignIn {
  session?: undefined
  /** The account had this identity before. */
  alreadyLinked: boolean
}

/** Finishes a sign-in when the browser comes back from the provider. A refusal is written to the audit log. */
export async function finishSignIn(deps: AccountsDeps, request: CallbackRequest): Promise<SignInResult> {
  const protocol = requireProtocol(deps.providers, request.provider)
  const progress: CallbackProgress = {}
  try {
    return await handleCallback(deps, protocol, request, progress)
  } catch (thrown) {
    const error = explainRefusal(deps.attemptSealer, withReadableType(thrown), protocol, request, progress)
    await recordRefusedSignIn(deps, protocol, request, error)
    throw error
  }
}

/**
 * The order of the steps is what makes it secure: nothing is sent or written before all checks above it have passed.
 * @param progress is filled in, so that an error can be explained
 */
async function handleCallback(
  deps: AccountsDeps,
  protocol: Protocol,
  request: CallbackRequest,
  progress: CallbackProgress,
): Promise<SignInResult> {
  const attempt = await openCallbackAttempt(deps, protocol, request) // this browser, this provider, not expired
  progress.attempt = attempt
  await requireLinkingSession(deps.store, attempt, request.session) // linking: the session that started it
  const response = protocol.validateCallback(request.params, attempt) // issuer, error, code
  progress.response = response
  const identity = await exchangeCode(deps, protocol, attempt, response) // a free slot, attempt marked used, then the code is sent
  progress.profile = identity.profile
  deps.warnUnusableFields(protocol.name, identity.unusableFields)
  const { label } = protocol
  const { link, returnTo } = attempt
  if (link) {
    const alreadyLinked = await linkIdentity(deps, link, identity, request.browser)
    return { label, returnTo, userId: link.userId, alreadyLinked }
  }
  const completed = await completeSignIn(deps, attempt, identity, request.browser) // admission, then user and session in one transaction
  await recordReplacedSession(deps.auditLog, completed, request)
  return { label, returnTo, ...completed, next: await continueLinking(deps, attempt, completed, request) }
}

async function openCallbackAttempt(
  { attemptSealer, recentStarts, store, now }: AccountsDeps,
  protocol: Protocol,
  request: CallbackRequest,
): Promise<Attempt> {
  const state = protocol.readState(request.params)
  const start = recentStarts.find(state)
  requireNotReplaced(openAttempts(attemptSealer, request.attemptCookies), state, start, request)
  const opened = openAttempt(attemptSealer, request.attemptCookies, state, protocol.name)
  // A path that found no room in the cookies is still known to the instance that started the sign-in.
  const attempt = { ...opened, returnTo: start?.returnTo ?? opened.returnTo }
  if (!isAttemptExpired(attempt, now())) return attempt
  // An old callback from the browser's history was most likely a good one once; then the page says so.
  const code = (await store.usedAttempts.has(attemptHash(attempt))) ? 'attempt_used' : 'attempt_expired'
  throw new AccountError(code, 'The attempt is older than ten minutes', { retry: retryTargetOf(attempt) })
}

/**
 * Sends the code to the provider, once. The slot comes first, because a busy provider must not use up an attempt. The
 * attempt is marked used before the code is sent, because of two requests with one code only one may send it. One
 * deadline is for all of it.
 */
async function exchangeCode(
  deps: AccountsDeps,
  protocol: Protocol,
  attempt: Attempt,
  response: AuthorizationResponse,
): Promise<ProviderIdentity> {
  const { usedAttempts } = deps.store
  // Before the slot: a slow database delays this request here, and a callback that is sent again takes no slot.
  if (await usedAttempts.has(attemptHash(attempt))) throw attemptUsed(attempt)
  const use = { purpose: 'sign-in', within: EXCHANGE_TIMEOUT_MS } as const
  return withCallSlot(deps, protocol.name, use, async send => {
    if (!(await usedAttempts.markUsed(attemptHash(attempt), deps.now()))) throw attemptUsed(attempt)
    return { ...(await protocol.exchangeCode(send, attempt, response)), provider: protocol.name }
  })
}

const attemptUsed = (attempt: Attempt) =>
  new AccountError('attempt_used', 'The attempt was used before', { retry: retryTargetOf(attempt) })

/** The browser has one session. A session of another user that it had before ends with this sign-in. */
async function recordReplacedSession(
  auditLog: AuditLog,
  { userId }: CompletedSignIn,
  { session, browser }: CallbackRequest,
): Promise<void> {
  if (!session || session.user.id === userId) return
  const { user, provider } = session
  await auditLog.record({ kind: 'session-ended', code: 'person', userId: user.id, provider, browser })
}

/** A user who came with a link token, and has signed in to an account that it names, goes on to link the other identity. */
async function continueLinking(
  deps: AccountsDeps,
  { join, returnTo }: Attempt,
  { userId, session }: CompletedSignIn,
  request: CallbackRequest,
): Promise<StartedSignIn | undefined> {
  if (!join?.userIds.includes(userId)) return undefined
  const link = { userId, session: sha256(session), expects: join.identity }
  // Without it the user is signed in all the same, and can link the identity on the account page.
  return startAttempt(deps, { provider: join.provider, returnTo, link }, request).catch(() => undefined)
}
