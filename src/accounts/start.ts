import type { Params } from '../oauth/types.js'
import {
  type Attempt,
  attemptId,
  browserOf,
  type Link,
  type SealedAttempt,
  sealAttempt,
  type Ticket,
} from './attempt.js'
import type { Deps } from './deps.js'
import type { Calling, Protocol } from './protocols/protocol.js'
import { type Details, failureOf, isCoded, Refusal, type Retry } from './refusal.js'
import type { SafePath } from './return-path.js'
import { withSlot } from './slot.js'
import { openTicket } from './ticket.js'
import { START_TIMEOUT_MS } from './time-limits.js'
import type { Caller } from './visit.js'

export interface Start {
  authorizationUrl: string
  attempt: SealedAttempt
  /** Where it ends. */
  returnTo: SafePath
}

/** Begins a sign-in: the URL to send the browser to, and the attempt it must bring back. Writes nothing. */
export function startSignIn(
  deps: Deps,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
  ticket?: string,
): Promise<Start> {
  const join = ticket === undefined ? undefined : openTicket(deps.attemptSealer, ticket, caller.attempts, deps.now())
  return startAttempt(deps, { provider, returnTo, join }, caller)
}

/**
 * Begins a sign-in where the provider lets the person choose another account; undefined where no way is known to ask for
 * that, so that a plain sign-in would bring the same account again.
 */
export async function startSwitch(
  deps: Deps,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
): Promise<Start | undefined> {
  const purpose = { provider, returnTo, asAnother: true } as const
  const switchParams = await protocolNamed(deps, provider)
    .switchParams()
    .catch(error => {
      throw leadingBack(error, purpose)
    })
  return switchParams && startAttempt(deps, purpose, caller, switchParams)
}

const USE = { purpose: 'sign-in', within: START_TIMEOUT_MS } as const

interface Purpose {
  provider: string
  returnTo: SafePath
  link?: Link | undefined
  join?: Ticket | undefined
  asAnother?: true
}

export async function startAttempt(
  deps: Deps,
  purpose: Purpose,
  caller: Caller,
  switchParams?: Params,
): Promise<Start> {
  const protocol = protocolNamed(deps, purpose.provider)
  const redirectUri = deps.redirectUri(protocol.callbackPath)
  const calling: Calling = work => withSlot(deps, purpose.provider, USE, work)
  const beginning = protocol.begin(redirectUri, calling, switchParams)
  const { authorizationUrl, ...remembered } = await beginning.catch(error => {
    throw leadingBack(error, purpose)
  })
  const attempt: Attempt = {
    ...remembered,
    ...purpose,
    redirectUri,
    browser: browserOf(deps.attemptSealer, caller.attempts) ?? attemptId(remembered.state),
    startedAt: deps.now(),
  }
  const placing = { brought: caller.attempts, turn: deps.starts.count(), now: attempt.startedAt }
  const sealed = sealAttempt(deps.attemptSealer, attempt, deps.home, placing)
  if (!sealed) throw leadingBack(tooLarge(purpose.provider), purpose)
  deps.starts.add(attempt, caller.browser)
  return { authorizationUrl, attempt: sealed, returnTo: purpose.returnTo }
}

const tooLarge = (provider: string) =>
  new Refusal(
    'provider_malformed',
    `What is to be remembered of a sign-in with ${provider} does not fit into the cookies for it`,
  )

/** Whether a sign-in with this provider begins without a call of ours, so that a guard may begin it. */
export const startsAtOnce = (deps: Deps, name: string): boolean => protocolNamed(deps, name).startsAtOnce

/** A refusal leads to a new start, with the return path kept; one of a connection back to the account. */
export function leadingBack(
  error: unknown,
  { provider, returnTo, link }: Retry & { link?: Link | undefined },
  more: Pick<Details, 'overAttempt' | 'who' | 'identity'> = {},
): unknown {
  if (!isCoded(error)) return error
  const { code, message, providerMessage } = error
  const details = error instanceof Refusal ? detailsOf(error) : {}
  const connecting = link !== undefined
  return new Refusal(code, message, {
    ...{ ...failureOf(error), retry: { provider, returnTo }, providerMessage, connecting },
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
