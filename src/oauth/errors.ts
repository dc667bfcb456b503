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

/**
 * Whether a token endpoint said that what it was asked with is good no more (RFC 6749, 5.2), so that only the person can
 * help. A server in trouble (5xx) is not believed.
 */
export const isGrantOver = (error: unknown): boolean =>
  error instanceof ProtocolError && error.oauthError === 'invalid_grant' && (error.status ?? 0) < 500
