import type { ProtocolHint, ProtocolStep } from '../oauth/errors.js'
import type { SafePath } from './return-path.js'

/** Where a stopped sign-in can be taken up again. */
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

/** What is known of the exchange with a provider that failed: for the operator. */
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
  /** The provider's own words: untrusted. */
  providerMessage?: string | undefined
  /** The slots of an attempt that is over, so that its cookies can go. */
  overAttempt?: readonly string[]
  /** Why an attempt is missing, where that is known: newer ones took its place, and its return path may be lost too. */
  missingBecause?: 'replaced' | 'replaced_path_lost'
  /** Whose account it is about, for the audit trail. */
  userId?: string | undefined
  /** It is about a connection: the way out leads to the account. */
  isLinking?: boolean
  /** For the visitor, in place of the usual ones. */
  userMessage?: string | undefined
  heading?: string | undefined
  /** Who was refused, as the provider calls them: for the page, which only they see. One clean line. */
  who?: string | undefined
  /** Who was refused, for the audit log. */
  identity?: RefusedIdentity | undefined
  /** What more is known than the code says, so that the page can say it. */
  situation?: Situation | undefined
  /** Where an account is already: the providers to sign in with first (none: no other opens it), and what goes on after that. */
  linkOptions?: LinkOptions | undefined
}

/** A person by what their provider calls them. */
export interface RefusedIdentity {
  subject: string
  login: string | null
}

/**
 * `only_same_provider`: the account with the address opens by the very provider that has just answered, and by no other.
 * `owner_disabled`: the account with the address is disabled. `other_identity`: another identity came back than the one
 * that was to be connected.
 */
export type Situation = 'only_same_provider' | 'owner_disabled' | 'other_identity'

/** A way to join a new identity to the account that is there. */
export interface LinkOptions {
  providers: readonly string[]
  /** Sealed, for `/login/<provider>?join=`. */
  token: string
}

/** A sign-in that the story itself ends. `message` is for the operator; it holds no secret. */
export class AccountError extends Error {
  override readonly name = 'Refusal'
  readonly retry: Retry | undefined
  readonly providerMessage: string | undefined
  step: ProtocolStep | undefined
  url: string | undefined
  readonly status: number | undefined
  readonly oauthError: string | undefined
  readonly hint: ProtocolHint | undefined
  readonly endedAttemptSlots: readonly string[] | undefined
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
    this.endedAttemptSlots = details.overAttempt
    this.missingBecause = details.missingBecause
    this.userId = details.userId
    this.isLinking = details.isLinking ?? false
    this.userMessage = details.userMessage
    this.heading = details.heading
    this.refusedUser = details.who
    this.refusedIdentity = details.identity
    this.situation = details.situation
    this.linkOptions = details.linkOptions
  }
}

/** An error of any floor that carries one of our codes. Node's own codes are upper-case and mean nothing to a visitor. */
export function hasErrorCode(
  error: unknown,
): error is Error & { code: string; providerMessage?: string } & FailedExchange {
  try {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[a-z_]+$/.test(error.code)
  } catch {
    return false // a getter or a Proxy that throws
  }
}

/** What an error of any layer knows of the exchange that failed. */
export function failedExchangeOf(error: unknown): FailedExchange {
  if (!hasErrorCode(error)) return {}
  const { step, url, status, oauthError, hint } = error
  return { step, url, status, oauthError, hint }
}
