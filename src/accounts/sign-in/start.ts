import type { Params } from '../../http/types.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, type AccountErrorDetails, failedExchangeOf, hasErrorCode, type Retry } from '../errors.js'
import type { Protocol, WithSend } from '../protocols/protocol.js'
import { START_TIMEOUT_MS, withCallSlot } from '../provider-calls.js'
import type { SafePath } from '../return-path.js'
import {
  type Attempt,
  attemptId,
  browserIdOf,
  type Caller,
  type LinkTarget,
  type LinkToken,
  type SealedAttempt,
  sealAttempt,
} from './attempt.js'
import { openLinkToken } from './link-token.js'

type Providers = AccountsDeps['providers']

export interface StartedSignIn {
  authorizationUrl: string
  attempt: SealedAttempt
  /** The sign-in ends there. */
  returnTo: SafePath
}

/** Starts a sign-in: returns the URL to redirect to, and the attempt for the cookies of the browser. Writes nothing. */
export function startSignIn(
  deps: AccountsDeps,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
  linkToken?: string,
): Promise<StartedSignIn> {
  const { attemptSealer, now } = deps
  const join =
    linkToken === undefined ? undefined : openLinkToken(attemptSealer, linkToken, caller.attemptCookies, now())
  return startAttempt(deps, { provider, returnTo, join }, caller)
}

/**
 * Starts a sign-in in which the provider lets the person choose another account. Undefined where the provider is not
 * known to support that: a plain sign-in would bring the same account again.
 */
export async function startAccountSwitch(
  deps: AccountsDeps,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
): Promise<StartedSignIn | undefined> {
  const purpose = { provider, returnTo, asAnother: true } as const
  const switchParams = await loadSwitchParams(requireProtocol(deps.providers, provider), purpose)
  return switchParams && startAttempt(deps, purpose, caller, switchParams)
}

/** The parameters that let the person choose another account at the provider; undefined where none are known. */
export const loadSwitchParams = (protocol: Protocol, purpose: AttemptPurpose): Promise<Params | undefined> =>
  protocol.switchParams().catch(error => {
    throw withRetryTarget(error, purpose)
  })

const START_SLOT = { purpose: 'sign-in', within: START_TIMEOUT_MS } as const

interface AttemptPurpose {
  provider: string
  returnTo: SafePath
  link?: LinkTarget | undefined
  join?: LinkToken | undefined
  asAnother?: true
}

export async function startAttempt(
  deps: AccountsDeps,
  purpose: AttemptPurpose,
  caller: Caller,
  switchParams?: Params,
): Promise<StartedSignIn> {
  const protocol = requireProtocol(deps.providers, purpose.provider)
  const redirectUri = deps.redirectUri(protocol.callbackPath)
  const withSend: WithSend = work => withCallSlot(deps, purpose.provider, START_SLOT, work)
  const starting = protocol.startAuthorization(redirectUri, withSend, switchParams)
  const { authorizationUrl, ...attemptParams } = await starting.catch(error => {
    throw withRetryTarget(error, purpose)
  })
  const attempt: Attempt = {
    ...attemptParams,
    ...purpose,
    redirectUri,
    browser: browserIdOf(deps.attemptSealer, caller.attemptCookies) ?? attemptId(attemptParams.state),
    startedAt: deps.now(),
  }
  const slotChoice = { cookies: caller.attemptCookies, startCount: deps.recentStarts.count(), now: attempt.startedAt }
  const sealed = sealAttempt(deps.attemptSealer, attempt, deps.home, slotChoice)
  if (!sealed) throw withRetryTarget(attemptTooLarge(purpose.provider), purpose)
  deps.recentStarts.add(attempt, caller.browser)
  return { authorizationUrl, attempt: sealed, returnTo: purpose.returnTo }
}

const attemptTooLarge = (provider: string) =>
  new AccountError('provider_malformed', `The attempt of a sign-in with ${provider} does not fit into its cookies`)

/** Whether a sign-in with this provider starts without a request to it, so that a guard may start it. */
export const startsWithoutRequest = (providers: Providers, name: string): boolean =>
  requireProtocol(providers, name).startsWithoutRequest

/** Adds to an error how to start again with the same return path, or that it is about linking. */
export function withRetryTarget(
  error: unknown,
  { provider, returnTo, link }: Retry & { link?: LinkTarget | undefined },
  more: Pick<AccountErrorDetails, 'attemptId' | 'endedAttemptSlots' | 'refusedUser' | 'refusedIdentity'> = {},
): unknown {
  if (!hasErrorCode(error)) return error
  const { code, message, providerMessage } = error
  const details = error instanceof AccountError ? detailsOf(error) : {}
  const isLinking = link !== undefined
  return new AccountError(code, message, {
    ...failedExchangeOf(error),
    retry: { provider, returnTo },
    providerMessage,
    isLinking,
    ...details,
    ...more,
  })
}

const detailsOf = ({ userId, userMessage, heading, situation, linkOptions }: AccountError) => ({
  userId,
  userMessage,
  heading,
  situation,
  linkOptions,
})

export function requireProtocol(providers: Providers, name: string): Protocol {
  const protocol = providers.get(name)
  if (!protocol) throw new AccountError('not_found', 'PROVIDERS names no such provider')
  return protocol
}
