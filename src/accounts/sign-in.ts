import { buildAuthorizationUrl, readCallback, readState } from '../oauth/authorize.js'
import type { OAuth2Provider as Provider } from '../providers/provider.js'
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
import { isCoded, Refusal } from './refusal.js'
import type { SafePath } from './return-path.js'
import type { Browser, SessionHandle } from './sessions.js'

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
  provider: Provider
  returnTo: SafePath
}

/** Begins a sign-in: the URL to send the browser to, and the attempt it must bring back. Writes nothing. */
export function startSignIn(deps: Deps, name: string, returnTo: SafePath, brought: BroughtAttempts): Start {
  const provider = providerNamed(deps, name)
  const state = deps.random()
  const attempt: Attempt = {
    state,
    codeVerifier: deps.random(),
    provider: name,
    redirectUri: deps.redirectUri(provider.callbackPath),
    returnTo,
    browser: browserOf(deps.attemptSealer, brought) ?? attemptId(state),
    startedAt: deps.now(),
  }
  return {
    authorizationUrl: buildAuthorizationUrl(provider, attempt),
    attempt: sealAttempt(deps.attemptSealer, attempt),
  }
}

/** The way back. The order is the security: nothing is spent or written before all that comes above it held. */
export async function finishSignIn(deps: Deps, visit: Visit): Promise<SignedIn> {
  const provider = providerNamed(deps, visit.provider)
  const attempt = await openSignInAttempt(deps, visit) // this browser, this provider, in time
  try {
    const callback = readCallback(visit.answer, provider) // issuer, error, code
    const answered = await exchange(deps, provider, attempt, callback) // a free slot, marked used, then the code is spent
    admit(deps.rules, provider.name, answered.profile) // before anybody is written down
    const entry = await deps.store.transaction(tables => letIn(deps, tables, answered, visit.browser))
    return { ...entry, provider, returnTo: attempt.returnTo }
  } catch (error) {
    throw knowingTheAttempt(error, attempt, visit)
  }
}

/** Account and session, both or none. */
async function letIn(deps: Deps, tables: Tables, answered: Answered, browser: Browser) {
  const { userId, identityId } = await recognise(tables, answered, deps.now())
  return { userId, session: await deps.sessions.open(tables.sessions, userId, identityId, browser) }
}

async function openSignInAttempt(deps: Deps, visit: Visit): Promise<Attempt> {
  const state = readState(visit.answer)
  const attempt = openAttempt(deps.attemptSealer, visit.attempts, state, visit.provider)
  if (!isExpired(attempt, deps.now())) return attempt
  // An old answer out of the browser's history was most likely a good one once; then it is told kindly.
  const code = (await deps.store.usedAttempts.has(attemptMark(attempt))) ? 'attempt_used' : 'attempt_expired'
  throw new Refusal(code, 'The attempt is older than ten minutes', { retry: retryOf(attempt) })
}

/** A refusal on the way back leads to a new start, with the return path kept. */
function knowingTheAttempt(error: unknown, attempt: Attempt, { answer }: Visit): unknown {
  if (!isCoded(error)) return error
  const { code, message, said } = error
  const isOver = answer.has('error') && code.startsWith('provider_')
  return new Refusal(code, message, {
    retry: retryOf(attempt),
    said,
    ...(isOver && { overAttempt: attemptId(attempt.state) }),
  })
}

function providerNamed(deps: Deps, name: string): Provider {
  const provider = deps.providers.get(name)
  if (!provider) throw new Refusal('not_found', 'PROVIDERS names no such provider')
  return provider
}
