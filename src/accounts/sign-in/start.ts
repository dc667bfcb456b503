import type { Params } from '../../oauth/types.js'
import { withCallSlot } from '../call-slot.js'
import type { AccountsDeps } from '../deps.js'
import { AccountError, type AccountErrorDetails, failedExchangeOf, hasErrorCode, type Retry } from '../errors.js'
import type { Protocol, WithSend } from '../protocols/protocol.js'
import type { SafePath } from '../return-path.js'
import { START_TIMEOUT_MS } from '../time-limits.js'
import {
  type Attempt,
  attemptId,
  browserIdOf,
  type LinkTarget,
  type LinkToken,
  type SealedAttempt,
  sealAttempt,
} from './attempt.js'
import type { Caller } from './callback-request.js'
import { openLinkToken } from './link-token.js'

export interface StartedSignIn {
  authorizationUrl: string
  attempt: SealedAttempt
  /** Where it ends. */
  returnTo: SafePath
}

/** Begins a sign-in: the URL to send the browser to, and the attempt it must bring back. Writes nothing. */
export function startSignIn(
  deps: AccountsDeps,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
  linkToken?: string,
): Promise<StartedSignIn> {
  const join =
    linkToken === undefined
      ? undefined
      : openLinkToken(deps.attemptSealer, linkToken, caller.attemptCookies, deps.now())
  return startAttempt(deps, { provider, returnTo, join }, caller)
}

/**
 * Begins a sign-in where the provider lets the person choose another account; undefined where no way is known to ask for
 * that, so that a plain sign-in would bring the same account again.
 */
export async function startAccountSwitch(
  deps: AccountsDeps,
  provider: string,
  returnTo: SafePath,
  caller: Caller,
): Promise<StartedSignIn | undefined> {
  const purpose = { provider, returnTo, asAnother: true } as const
  const switchParams = await requireProtocol(deps, provider)
    .switchParams()
    .catch(error => {
      throw withRetryTarget(error, purpose)
    })
  return switchParams && startAttempt(deps, purpose, caller, switchParams)
}

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
  const protocol = requireProtocol(deps, purpose.provider)
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
  new AccountError(
    'provider_malformed',
    `What is to be remembered of a sign-in with ${provider} does not fit into the cookies for it`,
  )

/** Whether a sign-in with this provider begins without a call of ours, so that a guard may begin it. */
export const startsWithoutRequest = (deps: AccountsDeps, name: string): boolean =>
  requireProtocol(deps, name).startsWithoutRequest

/** A refusal leads to a new start, with the return path kept; one of a connection back to the account. */
export function withRetryTarget(
  error: unknown,
  { provider, returnTo, link }: Retry & { link?: LinkTarget | undefined },
  more: Pick<AccountErrorDetails, 'overAttempt' | 'who' | 'identity'> = {},
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

export function requireProtocol(deps: AccountsDeps, name: string): Protocol {
  const protocol = deps.providers.get(name)
  if (!protocol) throw new AccountError('not_found', 'PROVIDERS names no such provider')
  return protocol
}
