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

/** Names of advice for the operator; what is told of each, with the names of the settings, is decided above. */
export type ProtocolHint =
  | 'authorization_error'
  | 'prompt_none'
  | 'client_refused'
  | 'client_refused_encoded'
  | 'issuer_spelling'
  | 'signing_algorithm'
  | 'nonce_missing'
  | 'other_audiences'
  | 'plain_json'
  | 'token_type'
  | 'callback_unconfirmed'

export interface ProtocolErrorDetails {
  /** The provider's own text: untrusted. */
  said?: string | undefined
  /** That of the provider's response, where it was one of failure. */
  status?: number | undefined
  /** The name that a token endpoint gave its refusal (RFC 6749, 5.2). */
  oauthError?: string | undefined
  hint?: ProtocolHint | undefined
}

/**
 * The protocol went wrong on the other side: the browser's or the provider's. `message` is for the operator and carries
 * no token, code or secret.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly said: string | undefined
  readonly status: number | undefined
  readonly oauthError: string | undefined
  readonly hint: ProtocolHint | undefined

  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
    { said, status, oauthError, hint }: ProtocolErrorDetails = {},
  ) {
    super(message)
    this.said = said
    this.status = status
    this.oauthError = oauthError
    this.hint = hint
  }
}

/**
 * Whether a token endpoint said that what it was asked with is good no more (RFC 6749, 5.2), so that only the person can
 * help. A server in trouble (5xx) is not believed.
 */
export const isGrantOver = (error: unknown): boolean =>
  error instanceof ProtocolError && error.oauthError === 'invalid_grant' && (error.status ?? 0) < 500
