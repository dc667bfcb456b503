export type HttpClientErrorCode = 'provider_unreachable' | 'provider_slow' | 'provider_malformed' | 'provider_busy'

/**
 * A call to a provider ended without a response. `message` names the URL without its query, and never a header or a
 * body.
 */
export class HttpClientError extends Error {
  override readonly name = 'HttpClientError'
  /** The exchange that the call belongs to. The code that makes the exchange sets it. */
  step: string | undefined
  constructor(
    readonly code: HttpClientErrorCode,
    message: string,
  ) {
    super(message)
  }
}

const OWN_CA_ADVICE =
  'if the provider, or a proxy in between, has a CA of your own, name its file in NODE_EXTRA_CA_CERTS'

/** How an operator can solve the problem with a certificate. */
const TLS_ERROR_EXPLANATIONS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the CA of the certificate is not known here, or the server leaves out the certificates in between; ${OWN_CA_ADVICE}`,
  UNABLE_TO_GET_ISSUER_CERT: `the CA of the certificate is not known here; ${OWN_CA_ADVICE}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the CA of the certificate is not known here; ${OWN_CA_ADVICE}`,
  SELF_SIGNED_CERT_IN_CHAIN: `the CA of the certificate is not known here; ${OWN_CA_ADVICE}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `the certificate is signed by itself; if it is your own, name its file in NODE_EXTRA_CA_CERTS`,
  CERT_HAS_EXPIRED: 'the certificate of the server has expired, or the clock of this machine is wrong',
  CERT_NOT_YET_VALID: 'the certificate of the server is not valid yet, or the clock of this machine is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the server is for another host name',
}

/** Why a call failed. Of other errors only the code of the cause counts: the messages of fetch can quote a header. */
export function reasonOf(error: unknown): string {
  const cause = causeOf(error)
  if (cause instanceof HttpClientError) return cause.message
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (typeof code !== 'string') return 'the connection broke'
  const explanation = Object.hasOwn(TLS_ERROR_EXPLANATIONS, code) ? TLS_ERROR_EXPLANATIONS[code] : undefined
  return explanation ? `${code} (${explanation})` : code
}

/** fetch puts the real error into the cause of its own error. */
export const causeOf = (error: unknown): unknown => (error instanceof Error ? (error.cause ?? error) : error)
