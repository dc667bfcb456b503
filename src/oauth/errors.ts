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
 * `status` is that of the provider's answer, where it was one of failure.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
    readonly said?: string,
    readonly status?: number,
  ) {
    super(message)
  }
}
