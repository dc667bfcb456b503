import { cleanText } from './text.js'

/** The codes of .github/docs/errors.md that the protocol can end with. */
export type ProtocolErrorCode =
  | 'state_missing'
  | 'issuer_mismatch'
  | 'code_missing'
  | 'request_malformed'
  | 'provider_denied'
  | 'provider_error'
  | 'provider_malformed'
  | 'id_token_invalid'
  | 'subject_mismatch'

/**
 * The cause, if step, status and the provider's error code do not show it. The layers above know the settings that
 * help.
 */
export type ProtocolHint =
  | 'prompt_none'
  | 'issuer_missing'
  | 'issuer_other'
  | 'verifier_missing'
  | 'client_refused'
  | 'client_refused_encoded'
  | 'issuer_spelling'
  | 'id_token_missing'
  | 'id_token_suffices'
  | 'signing_algorithm'
  | 'algorithm_other'
  | 'signature'
  | 'unknown_key'
  | 'nonce_missing'
  | 'nonce_other'
  | 'audience'
  | 'other_audiences'
  | 'clock'
  | 'subject_missing'
  | 'web_page'
  | 'not_json'
  | 'redirect'
  | 'plain_json'
  | 'access_token_missing'
  | 'token_type'
  | 'callback_unconfirmed'
  | 'signature_refused'

/** The exchange that failed, named as in the standards. `api` is any other request to the provider's API. */
export type ProtocolStep =
  | 'discovery'
  | 'keys'
  | 'authorization'
  | 'temporary_credentials'
  | 'token'
  | 'id_token'
  | 'userinfo'
  | 'refresh'
  | 'revocation'
  | 'logout'
  | 'api'

export interface ProtocolErrorDetails {
  step?: ProtocolStep | undefined
  /** The URL of the request, without its query. */
  url?: string | undefined
  /** The provider's own text: untrusted. */
  providerMessage?: string | undefined
  /** The status of the provider's response, if it is an error status. */
  status?: number | undefined
  /** The provider's own code for the error (RFC 6749, 4.1.2.1 and 5.2; `oauth_problem` of OAuth 1.0a). */
  oauthError?: string | undefined
  hint?: ProtocolHint | undefined
}

/**
 * The browser or the provider broke the protocol, or reported an error. `message` is for the operator and contains no
 * token, code or secret.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  step: ProtocolStep | undefined
  url: string | undefined
  readonly providerMessage: string | undefined
  readonly status: number | undefined
  readonly oauthError: string | undefined
  readonly hint: ProtocolHint | undefined

  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
    { step, url, providerMessage, status, oauthError, hint }: ProtocolErrorDetails = {},
  ) {
    super(message)
    this.step = step
    this.url = url
    this.providerMessage = providerMessage
    this.status = status
    this.oauthError = oauthError
    this.hint = hint
  }

  /** The details, for a new error that replaces this one. */
  get details(): ProtocolErrorDetails {
    const { step, url, providerMessage, status, oauthError, hint } = this
    return { step, url, providerMessage, status, oauthError, hint }
  }
}

/**
 * Does the work of one exchange. An error that is thrown in it, also by `send`, gets the name of the exchange; the
 * innermost exchange counts.
 */
export async function inStep<T>(step: ProtocolStep, url: string | undefined, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw atStep(error, step, url)
  }
}

/** Adds the exchange to an error that has a field `step` without a value. */
export function atStep(error: unknown, step: ProtocolStep, url?: string): unknown {
  if (!(error instanceof Error) || !('step' in error) || error.step !== undefined) return error
  return Object.assign(error, { step, ...(url !== undefined && { url: withoutQuery(url) }) })
}

const MAX_SHOWN_URL_LENGTH = 200

const withoutQuery = (url: string): string =>
  URL.canParse(url) ? cleanText(`${new URL(url).origin}${new URL(url).pathname}`, MAX_SHOWN_URL_LENGTH) : 'no URL'

/**
 * The codes that say that a refresh token is not valid any more: those of RFC 6749 and RFC 6750, and those of single
 * providers.
 */
export const INVALID_GRANT_CODES = [
  'invalid_grant',
  'invalid_token',
  'bad_refresh_token',
  'invalid_refresh_token',
  'expired_refresh_token',
  'revoked_refresh_token',
  'refresh_token_invalid',
  'refresh_token_expired',
  'refresh_token_revoked',
]

/** About the client: `incorrect_client_credentials` is GitHub's code for `invalid_client`. */
export const CLIENT_ERROR_CODES = ['invalid_client', 'unauthorized_client', 'incorrect_client_credentials']

/** About the server, or about too many requests: the next request may succeed. */
export const TRANSIENT_ERROR_CODES = [
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'rate_limited',
  'rate_limit_exceeded',
  'too_many_requests',
]

/** A token endpoint rejected a refresh with 400, 401 or 403, and the grant may be the reason: see `refreshTokens`. */
export class RefreshRejected extends ProtocolError {}

/** Whether the same request may succeed later without any change: the server fails, or limits requests. */
export const isTransient = ({ status = 0, oauthError = '' }: ProtocolErrorDetails): boolean =>
  status >= 500 || status === 408 || status === 429 || TRANSIENT_ERROR_CODES.includes(oauthError)

/**
 * Whether the response to a refresh says that the grant is not valid any more (RFC 6749, 5.2, and the codes of single
 * providers), so that the user has to sign in again. A server that fails (5xx) or limits requests is not believed.
 */
export function isInvalidGrant(error: unknown): boolean {
  if (!(error instanceof ProtocolError)) return false
  const { oauthError = '', status = 0 } = error
  // The code is from RFC 6750, 3.1, which is about APIs: with another status it may have another meaning.
  if (oauthError === 'invalid_token') return status === 400 || status === 401
  return INVALID_GRANT_CODES.includes(oauthError) && !isTransient(error)
}

/** Whether an error of `refreshTokens` may be about the grant, and not about our credentials or a busy server. */
export const mayConcernGrant = (error: ProtocolError): boolean =>
  error.code === 'provider_error' &&
  [400, 401, 403].includes(error.status ?? 0) &&
  ![...CLIENT_ERROR_CODES, ...TRANSIENT_ERROR_CODES].includes(error.oauthError ?? '')
