import type { ProtocolHint, ProtocolStep } from '../oauth/errors.js'
import type { SafePath } from './return-path.js'

/** A refused sign-in can be started again with this. */
export interface Retry {
  provider: string
  returnTo: SafePath
}

export type AccountErrorCode =
  | 'attempt_missing'
  | 'attempt_expired'
  | 'attempt_used'
  | 'not_admitted'
  | 'refused_by_app'
  | 'account_disabled'
  | 'link_needed'
  | 'link_conflict'
  | 'last_connection'
  | 'sign_in_required'
  | 'forbidden'
  | 'not_found'

export { isTransient } from '../oauth/errors.js'
export type { ProtocolHint, ProtocolStep }

/** The exchange with a provider that failed, for the operator. */
export interface FailedExchange {
  step?: ProtocolStep | undefined
  /** The URL of the request, without its query. */
  url?: string | undefined
  /** The status of the response. */
  status?: number | undefined
  /** The provider's own name for the error. */
  oauthError?: string | undefined
  hint?: ProtocolHint | undefined
}

export interface AccountErrorDetails extends FailedExchange {
  retry?: Retry
  /** The provider's own text: untrusted. */
  providerMessage?: string | undefined
  /** The slots of an attempt that has ended, so that its cookies can be cleared. */
  endedAttemptSlots?: readonly string[]
  /** Of a callback: the id of the attempt that its response belongs to, also where the attempt is missing. */
  attemptId?: string | undefined
  /** The reason why an attempt is missing, where it is known: newer ones replaced it, and its return path may be lost too. */
  missingBecause?: 'replaced' | 'replaced_path_lost'
  /** The user whose account it is about, for the audit log. */
  userId?: string | undefined
  /** It is about linking: the error page leads back to the account page. */
  isLinking?: boolean
  /** For the visitor, in place of the usual text and heading. */
  userMessage?: string | undefined
  heading?: string | undefined
  /** The name of the refused person at the provider, for the page, which only this person sees. One clean line. */
  refusedUser?: string | undefined
  /** The refused person, for the audit log. */
  refusedIdentity?: RefusedIdentity | undefined
  /** What is known beyond the code, so that the page can say it. */
  situation?: Situation | undefined
  /** Where an account exists already: how to sign in to it first, and link the new identity after that. */
  linkOptions?: LinkOptions | undefined
}

/** A person as the provider names them. */
export interface RefusedIdentity {
  subject: string
  login: string | null
}

/**
 * `only_same_provider`: only the provider that has just responded opens the account with the address.
 * `owner_disabled`: the account with the address is disabled. `other_identity`: another identity came back than the one
 * that was to be linked.
 */
export type Situation = 'only_same_provider' | 'owner_disabled' | 'other_identity'

/** How a new identity can be linked to the account that exists already. */
export interface LinkOptions {
  /** To sign in with first. Empty: no other provider opens the account. */
  providers: readonly string[]
  /** Sealed, for `/login/<provider>?join=`. */
  token: string
}

/** A refusal by this layer. `message` is for the operator; it holds no secret. */
export class AccountError extends Error {
  override readonly name = 'AccountError'
  readonly retry: Retry | undefined
  readonly providerMessage: string | undefined
  step: ProtocolStep | undefined
  url: string | undefined
  readonly status: number | undefined
  readonly oauthError: string | undefined
  readonly hint: ProtocolHint | undefined
  readonly endedAttemptSlots: readonly string[] | undefined
  readonly attemptId: string | undefined
  readonly missingBecause: AccountErrorDetails['missingBecause']
  readonly userId: string | undefined
  readonly isLinking: boolean
  readonly userMessage: string | undefined
  readonly heading: string | undefined
  readonly refusedUser: string | undefined
  readonly refusedIdentity: RefusedIdentity | undefined
  readonly situation: Situation | undefined
  readonly linkOptions: LinkOptions | undefined

  constructor(
    readonly code: AccountErrorCode | (string & {}),
    message: string,
    details: AccountErrorDetails = {},
  ) {
    super(message)
    this.retry = details.retry
    this.providerMessage = details.providerMessage
    this.step = details.step
    this.url = details.url
    this.status = details.status
    this.oauthError = details.oauthError
    this.hint = details.hint
    this.endedAttemptSlots = details.endedAttemptSlots
    this.attemptId = details.attemptId
    this.missingBecause = details.missingBecause
    this.userId = details.userId
    this.isLinking = details.isLinking ?? false
    this.userMessage = details.userMessage
    this.heading = details.heading
    this.refusedUser = details.refusedUser
    this.refusedIdentity = details.refusedIdentity
    this.situation = details.situation
    this.linkOptions = details.linkOptions
  }
}

/** An error of any layer that has one of our codes. Node's own codes are upper-case, and a visitor cannot use them. */
export function hasErrorCode(
  error: unknown,
): error is Error & { code: string; providerMessage?: string } & FailedExchange {
  try {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[a-z_]+$/.test(error.code)
  } catch {
    return false // a getter or a Proxy that throws
  }
}

/** A Proxy can throw when its type is read, which `instanceof` does. Then what it throws is the error. */
export function withReadableType(thrown: unknown): unknown {
  try {
    Object.getPrototypeOf(Object(thrown))
    return thrown
  } catch (error) {
    return error
  }
}

/** The exchange that failed, as far as an error of any layer knows it. */
export function failedExchangeOf(error: unknown): FailedExchange {
  if (!hasErrorCode(error)) return {}
  const { step, url, status, oauthError, hint } = error
  return { step, url, status, oauthError, hint }
}

/**
 * The prefix of the settings of a provider: `MY_COMPANY` for `my-company`. Errors name settings to the operator. config/
 * has the same function, but only its types may be imported here.
 */
export const settingPrefix = (provider: string): string => provider.toUpperCase().replaceAll('-', '_')

/** The name of a setting of a provider, such as `ACME_EMAIL_FIELD`. */
export const settingName = (provider: string, suffix: string): string => `${settingPrefix(provider)}_${suffix}`
