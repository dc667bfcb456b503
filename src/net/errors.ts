export type HttpClientErrorCode = 'provider_unreachable' | 'provider_slow' | 'provider_malformed' | 'provider_busy'

/**
 * A call to a provider ended without a response. `message` names the URL without its query, and never a header or a
 * body.
 */
export class HttpClientError extends Error {
  override readonly name = 'OutboundError'
  /** The exchange that the call belonged to. The code that makes the exchange sets it. */
  step: string | undefined
  constructor(
    readonly code: HttpClientErrorCode,
    message: string,
  ) {
    super(message)
  }
}
