import type { Tables } from '../store/types.js'
import { admit } from './access.js'
import {
  type Attempt,
  attemptId,
  attemptMark,
  type BroughtAttempts,
  browserOf,
  isExpired,
  openAttempt,
  retryOf,
  type SealedAttempt,
  sealAttempt,
} from './attempt.js'
import type { Deps } from './deps.js'
import { exchange } from './exchange.js'
import { type Answered, recognise } from './identities.js'
import type { Protocol } from './protocols/protocol.js'
import { isCoded, Refusal, type Retry } from './refusal.js'
import type { SafePath } from './return-path.js'
import type { Browser, SessionHandle } from './sessions.js'
import { withSlot } from './slot.js'

export interface Start {
  authorizationUrl: string
  attempt: SealedAttempt
}

/** A browser that comes back from a provider. */
export interface Visit {
  provider: string
  /** The query of the callback, as it came. */
  answer: URLSearchParams
  attempts: BroughtAttempts
  browser: Browser
}

export interface SignedIn {
  session: SessionHandle
  userId: string
  /** The provider's, for people. */
  label: string
  returnTo: SafePath
}

/** Begins a sign-in: the URL to send the browser to, and the attempt it must bring back. Writes nothing. */
export async function startSignIn(
  deps: Deps,
  name: string,
  returnTo: SafePath,
  brought: BroughtAttempts,
): Promise<Start> {
  const protocol = protocolNamed(deps, name)
  const redirectUri = deps.redirectUri(protocol.callbackPath)
  const beginning = protocol.begin(redirectUri, work => withSlot(deps, name, work))
  const { authorizationUrl, ...remembered } = await beginning.catch(error => {
    throw leadingBack(error, { provider: name, returnTo })
  })
  const attempt: Attempt = {
    ...remembered,
    ...{ provider: name, redirectUri, returnTo },
    browser: browserOf(deps.attemptSealer, brought) ?? attemptId(remembered.state),
    startedAt: deps.now(),
  }
  return { authorizationUrl, attempt: sealAttempt(deps.attemptSealer, attempt) }
}

/** Whether a sign-in with this provider begins without a call of ours, so that a guard may begin it. */
export const startsAtOnce = (deps: Deps, name: string): boolean => protocolNamed(deps, name).startsAtOnce

/** The way back. The order is the security: nothing is spent or written before all that comes above it held. */
export async function finishSignIn(deps: Deps, visit: Visit): Promise<SignedIn> {
  const protocol = protocolNamed(deps, visit.provider)
  const attempt = await openSignInAttempt(deps, protocol, visit) // this browser, this provider, in time
  try {
    const credential = protocol.readAnswer(visit.answer, attempt) // issuer, error, code
    const told = await exchange(deps, protocol, attempt, credential) // a free slot, marked used, then the code is spent
    admit(deps.rules, protocol.name, told.profile) // before anybody is written down
    const answered = { ...told, provider: protocol.name }
    const entry = await deps.store.transaction(tables => letIn(deps, tables, answered, visit.browser))
    return { ...entry, label: protocol.label, returnTo: attempt.returnTo }
  } catch (error) {
    throw knowingTheAttempt(error, attempt, visit)
  }
}

/** Account and session, both or none. */
async function letIn(deps: Deps, tables: Tables, answered: Answered, browser: Browser) {
  const { userId, identityId } = await recognise(tables, answered, deps.now())
  return { userId, session: await deps.sessions.open(tables.sessions, userId, identityId, browser) }
}

async function openSignInAttempt(deps: Deps, protocol: Protocol, visit: Visit): Promise<Attempt> {
  const handle = protocol.readHandle(visit.answer)
  const attempt = openAttempt(deps.attemptSealer, visit.attempts, handle, protocol.name)
  if (!isExpired(attempt, deps.now())) return attempt
  // An old answer out of the browser's history was most likely a good one once; then it is told kindly.
  const code = (await deps.store.usedAttempts.has(attemptMark(attempt))) ? 'attempt_used' : 'attempt_expired'
  throw new Refusal(code, 'The attempt is older than ten minutes', { retry: retryOf(attempt) })
}

/** What a refusal by the provider itself is told in: `denied` and the last are OAuth 1.0a's. */
const OF_REFUSALS = ['error', 'denied', 'oauth_problem']

function knowingTheAttempt(error: unknown, attempt: Attempt, { answer }: Visit): unknown {
  const isOver = OF_REFUSALS.some(name => answer.has(name)) && isCoded(error) && error.code.startsWith('provider_')
  return leadingBack(error, retryOf(attempt), isOver ? { overAttempt: attemptId(attempt.state) } : {})
}

/** A refusal leads to a new start, with the return path kept. */
function leadingBack(error: unknown, retry: Retry, more: { overAttempt?: string } = {}): unknown {
  if (!isCoded(error)) return error
  const { code, message, said } = error
  return new Refusal(code, message, { retry, said, ...more })
}

function protocolNamed(deps: Deps, name: string): Protocol {
  const protocol = deps.providers.get(name)
  if (!protocol) throw new Refusal('not_found', 'PROVIDERS names no such provider')
  return protocol
}
