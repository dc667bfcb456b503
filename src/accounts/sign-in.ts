import { sha256 } from '../crypto/digest.js'
import { atStep, ProtocolError } from '../oauth/errors.js'
import type { Profile } from '../providers/provider.js'
import { StoreError } from '../store/errors.js'
import { type Attempt, attemptMark, isExpired, openAttempt, retryOf, slotsOf } from './attempt.js'
import { connect, requireAsker } from './connections.js'
import type { Deps } from './deps.js'
import { type Entry, enter } from './entry.js'
import { exchange } from './exchange.js'
import type { Credential, Protocol } from './protocols/protocol.js'
import { isCoded, Refusal } from './refusal.js'
import { noteRefusal, whoIsRefused } from './refused-sign-in.js'
import { refuseReplaced } from './replaced.js'
import type { SafePath } from './return-path.js'
import type { SessionHandle } from './sessions.js'
import { leadingBack, protocolNamed, type Start, startAttempt } from './start.js'
import type { Visit } from './visit.js'

/** What came of it: a session, or one more connection of the account that is signed in. */
export type Arrival = SignedIn | Connected

interface Arrived {
  userId: string
  /** The provider's, for people. */
  label: string
  returnTo: SafePath
}

export interface SignedIn extends Arrived {
  session: SessionHandle
  isNewDevice: boolean
  /** Where the way goes on: to connect what the person wanted to sign in with at first. */
  next: Start | undefined
}

export interface Connected extends Arrived {
  session?: undefined
  /** It was connected before. */
  again: boolean
}

/** The way back, and its end in the audit trail. */
export async function finishSignIn(deps: Deps, visit: Visit): Promise<Arrival> {
  const protocol = protocolNamed(deps, visit.provider)
  try {
    return await arrive(deps, protocol, visit)
  } catch (error) {
    await noteRefusal(deps, protocol, visit, error)
    throw error
  }
}

/** The order is the security: nothing is spent or written before all that comes above it held. */
async function arrive(deps: Deps, protocol: Protocol, visit: Visit): Promise<Arrival> {
  const { browser, answer } = visit
  const attempt = await openSignInAttempt(deps, protocol, visit) // this browser, this provider, in time
  let profile: Profile | undefined
  try {
    await requireAsker(deps, attempt, visit.session) // a connection: the session that asked for it
    const credential = readResponse(protocol, answer, attempt) // issuer, error, code
    const told = await exchange(deps, protocol, attempt, credential) // a free slot, marked used, then the code is spent
    const answered = { ...told, provider: protocol.name }
    profile = told.profile
    deps.checkFields(protocol.name, told.unusableFields)
    const arrived = { label: protocol.label, returnTo: attempt.returnTo }
    if (attempt.link) {
      const again = await connect(deps, attempt.link, answered, browser)
      return { ...arrived, userId: attempt.link.userId, again }
    }
    const entry = await enter(deps, attempt, answered, browser) // admission, account and session
    await noteReplaced(deps, entry, visit)
    return { ...arrived, ...entry, next: await goOn(deps, attempt, entry, visit) }
  } catch (error) {
    throw knowingTheAttempt(deps, knowingTheSwitch(error, attempt, protocol, visit), attempt, visit, profile)
  }
}

async function openSignInAttempt(deps: Deps, protocol: Protocol, visit: Visit): Promise<Attempt> {
  const handle = protocol.readHandle(visit.answer)
  refuseReplaced(deps, handle, visit)
  const opened = openAttempt(deps.attemptSealer, visit.attempts, handle, protocol.name)
  // A path that found no room in the cookies is still known to the instance that started the sign-in.
  const attempt = { ...opened, returnTo: deps.starts.find(handle)?.returnTo ?? opened.returnTo }
  if (!isExpired(attempt, deps.now())) return attempt
  // An old answer out of the browser's history was most likely a good one once; then it is told kindly.
  const code = (await deps.store.usedAttempts.has(attemptMark(attempt))) ? 'attempt_used' : 'attempt_expired'
  throw new Refusal(code, 'The attempt is older than ten minutes', { retry: retryOf(attempt) })
}

function readResponse(protocol: Protocol, response: URLSearchParams, attempt: Attempt): Credential {
  try {
    return protocol.readAnswer(response, attempt)
  } catch (error) {
    throw atStep(error, 'authorization')
  }
}

/** The browser has one session, and that of somebody else before ends with this one. */
async function noteReplaced({ trail }: Deps, { userId }: Entry, { session, browser }: Visit): Promise<void> {
  if (!session || session.user.id === userId) return
  const { user, provider } = session
  await trail.note({ kind: 'session-ended', code: 'person', userId: user.id, provider, browser })
}

/** Whoever came with a ticket and signed in to its account goes on to connect the other identity. */
async function goOn(deps: Deps, { join, returnTo }: Attempt, entry: Entry, visit: Visit) {
  if (!join?.userIds.includes(entry.userId)) return undefined
  const link = { userId: entry.userId, session: sha256(entry.session), expects: join.identity }
  // They are signed in all the same, and can connect it on their account page.
  return startAttempt(deps, { provider: join.provider, returnTo, link }, visit).catch(ignore)
}

const ignore = (): undefined => undefined

/** What a refusal by the provider itself is told in: `denied` and the last are OAuth 1.0a's. */
const OF_REFUSALS = ['error', 'denied', 'oauth_problem']

function knowingTheAttempt(
  { attemptSealer }: Deps,
  thrown: unknown,
  attempt: Attempt,
  { answer, attempts }: Visit,
  profile: Profile | undefined,
): unknown {
  const error = isUnusableValue(thrown) ? new Refusal('provider_malformed', thrown.message) : thrown
  const isOver = OF_REFUSALS.some(name => answer.has(name)) && isCoded(error) && error.code.startsWith('provider_')
  return leadingBack(error, attempt, {
    ...(isOver && { overAttempt: slotsOf(attemptSealer, attempts, attempt) }),
    ...(profile && isCoded(error) && whoIsRefused(profile, error.code)),
  })
}

/**
 * A provider that knows no `prompt=select_account` may answer it with an error (OpenID Connect Core, 3.1.2.6), for ever; then
 * only a sign-out there helps.
 */
function knowingTheSwitch(error: unknown, { asAnother }: Attempt, { label }: Protocol, { answer }: Visit): unknown {
  const isRefused =
    answer.get('error') === 'account_selection_required' || (isCoded(error) && error.code === 'provider_error')
  if (!asAnother || !answer.has('error') || !isRefused || !(error instanceof ProtocolError)) return error
  const { message, details } = error
  const sentence = `${label} does not let you choose another account from here. Sign out at ${label} first, then sign in again.`
  return new Refusal('provider_error', message, { ...details, sentence })
}

/** What a sign-in writes is what the provider told. */
const isUnusableValue = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'request_malformed'
