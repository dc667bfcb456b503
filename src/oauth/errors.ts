import { CLIENT_WORDS, GRANT_OVER_WORDS, PASSING_WORDS } from './error-words.js'

/** The codes of ../../README.md's table that the protocol can end with. */
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
 * The protocol went wrong on the other side: the browser's or the provider's.
 * `message` is for the operator and carries no token, code or secret; `said` is the provider's own text, untrusted;
 * `status` is that of the provider's answer, where it was one of failure; `oauthError` the name that a token endpoint
 * gave its refusal (RFC 6749, 5.2).
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
    readonly said?: string,
    readonly status?: number,
    readonly oauthError?: string,
  ) {
    super(message)
  }
}

/** A token endpoint refused a refresh with 400, 401 or 403, and the reason may be the grant: see `refreshTokens`. */
export class RefreshRefused extends ProtocolError {}

/**
 * Whether a token endpoint said, at a refresh, that the grant is over (RFC 6749, 5.2, and what providers say instead), so
 * that only the person can help. A server in trouble (5xx), or one that is asked too often, is not believed.
 */
export function isGrantOver(error: unknown): boolean {
  if (!(error instanceof ProtocolError)) return false
  const { oauthError = '', status = 0 } = error
  // RFC 6750, 3.1, of APIs: elsewhere it may be about something else.
  if (oauthError === 'invalid_token') return status === 400 || status === 401
  return GRANT_OVER_WORDS.includes(oauthError) && status < 500 && status !== 429 && status !== 408
}

/** Whether an error of `refreshTokens` may be about the grant. Our own credentials, or a busy server, are not. */
export const mayConcernGrant = (error: ProtocolError): boolean =>
  error.code === 'provider_error' &&
  [400, 401, 403].includes(error.status ?? 0) &&
  ![...CLIENT_WORDS, ...PASSING_WORDS].includes(error.oauthError ?? '')
