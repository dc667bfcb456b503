import {
  type Attempt,
  attemptId,
  type BroughtAttempts,
  browserOf,
  type Link,
  type SealedAttempt,
  sealAttemptToFit,
  type Ticket,
} from './attempt.js'
import type { Deps } from './deps.js'
import type { Protocol } from './protocols/protocol.js'
import { type Details, failureOf, isCoded, Refusal, type Retry } from './refusal.js'
import type { SafePath } from './return-path.js'
import { withSlot } from './slot.js'
import { openTicket } from './ticket.js'
import { START_TIMEOUT_MS } from './time-limits.js'

export interface Start {
  authorizationUrl: string
  attempt: SealedAttempt
}

/** Begins a sign-in: the URL to send the browser to, and the attempt it must bring back. Writes nothing. */
export function startSignIn(
  deps: Deps,
  provider: string,
  returnTo: SafePath,
  brought: BroughtAttempts,
  ticket?: string,
): Promise<Start> {
  const join = ticket === undefined ? undefined : openTicket(deps.attemptSealer, ticket, brought, deps.now())
  return startAttempt(deps, { provider, returnTo, join }, brought)
}

const USE = { purpose: 'sign-in', within: START_TIMEOUT_MS } as const

interface Purpose {
  provider: string
  returnTo: SafePath
  link?: Link | undefined
  join?: Ticket | undefined
}

export async function startAttempt(deps: Deps, purpose: Purpose, brought: BroughtAttempts): Promise<Start> {
  const protocol = protocolNamed(deps, purpose.provider)
  const redirectUri = deps.redirectUri(protocol.callbackPath)
  const beginning = protocol.begin(redirectUri, work => withSlot(deps, purpose.provider, USE, work))
  const { authorizationUrl, ...remembered } = await beginning.catch(error => {
    throw leadingBack(error, purpose)
  })
  const attempt: Attempt = {
    ...remembered,
    ...purpose,
    redirectUri,
    browser: browserOf(deps.attemptSealer, brought) ?? attemptId(remembered.state),
    startedAt: deps.now(),
  }
  const sealed = sealAttemptToFit(deps.attemptSealer, attempt, deps.home)
  if (!sealed) throw leadingBack(tooLarge(purpose.provider), purpose)
  return { authorizationUrl, attempt: sealed }
}

const tooLarge = (provider: string) =>
  new Refusal('provider_malformed', `What is to be remembered of a sign-in with ${provider} does not fit into a cookie`)

/** Whether a sign-in with this provider begins without a call of ours, so that a guard may begin it. */
export const startsAtOnce = (deps: Deps, name: string): boolean => protocolNamed(deps, name).startsAtOnce

/** A refusal leads to a new start, with the return path kept; one of a connection back to the account. */
export function leadingBack(
  error: unknown,
  { provider, returnTo, link }: Retry & { link?: Link | undefined },
  more: Pick<Details, 'overAttempt' | 'who' | 'identity'> = {},
): unknown {
  if (!isCoded(error)) return error
  const { code, message, said } = error
  const details = error instanceof Refusal ? detailsOf(error) : {}
  const connecting = link !== undefined
  return new Refusal(code, message, {
    ...{ ...failureOf(error), retry: { provider, returnTo }, said, connecting },
    ...details,
    ...more,
  })
}

const detailsOf = ({ userId, sentence, heading, situation, join }: Refusal) => ({
  ...{ userId, sentence, heading },
  ...{ situation, join },
})

export function protocolNamed(deps: Deps, name: string): Protocol {
  const protocol = deps.providers.get(name)
  if (!protocol) throw new Refusal('not_found', 'PROVIDERS names no such provider')
  return protocol
}
