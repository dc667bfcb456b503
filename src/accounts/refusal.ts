import type { ProtocolHint, ProtocolStep } from '../oauth/errors.js'
import type { SafePath } from './return-path.js'

/** Where a stopped sign-in can be taken up again. */
export interface Retry {
  provider: string
  returnTo: SafePath
}

export type RefusalCode =
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
export interface Failure {
  step?: ProtocolStep | undefined
  /** The URL of the request, without its query. */
  url?: string | undefined
  /** The status of the response. */
  status?: number | undefined
  /** The provider's own name for the error. */
  oauthError?: string | undefined
  hint?: ProtocolHint | undefined
}

export interface Details extends Failure {
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
  connecting?: boolean
  /** For the visitor, in place of the usual ones. */
  sentence?: string | undefined
  heading?: string | undefined
  /** Who was refused, as the provider calls them: for the page, which only they see. One clean line. */
  who?: string | undefined
  /** Who was refused, for the audit log. */
  identity?: RefusedIdentity | undefined
  /** What more is known than the code says, so that the page can say it. */
  situation?: Situation | undefined
  /** Where an account is already: the providers to sign in with first (none: no other opens it), and what goes on after that. */
  join?: Join | undefined
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
export interface Join {
  providers: readonly string[]
  /** Sealed, for `/login/<provider>?join=`. */
  ticket: string
}

/** A sign-in that the story itself ends. `message` is for the operator; it holds no secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly retry: Retry | undefined
  readonly providerMessage: string | undefined
  step: ProtocolStep | undefined
  url: string | undefined
  readonly status: number | undefined
  readonly oauthError: string | undefined
  readonly hint: ProtocolHint | undefined
  readonly overAttempt: readonly string[] | undefined
  readonly missingBecause: Details['missingBecause']
  readonly userId: string | undefined
  readonly connecting: boolean
  readonly sentence: string | undefined
  readonly heading: string | undefined
  readonly who: string | undefined
  readonly identity: RefusedIdentity | undefined
  readonly situation: Situation | undefined
  readonly join: Join | undefined

  constructor(
    readonly code: RefusalCode | (string & {}),
    message: string,
    details: Details = {},
  ) {
    super(message)
    this.retry = details.retry
    this.providerMessage = details.providerMessage
    this.step = details.step
    this.url = details.url
    this.status = details.status
    this.oauthError = details.oauthError
    this.hint = details.hint
    this.overAttempt = details.overAttempt
    this.missingBecause = details.missingBecause
    this.userId = details.userId
    this.connecting = details.connecting ?? false
    this.sentence = details.sentence
    this.heading = details.heading
    this.who = details.who
    this.identity = details.identity
    this.situation = details.situation
    this.join = details.join
  }
}

/** An error of any floor that carries one of our codes. Node's own codes are upper-case and mean nothing to a visitor. */
export function isCoded(error: unknown): error is Error & { code: string; providerMessage?: string } & Failure {
  try {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[a-z_]+$/.test(error.code)
  } catch {
    return false // a getter or a Proxy that throws
  }
}

/** What an error of any layer knows of the exchange that failed. */
export function failureOf(error: unknown): Failure {
  if (!isCoded(error)) return {}
  const { step, url, status, oauthError, hint } = error
  return { step, url, status, oauthError, hint }
}
