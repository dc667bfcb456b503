/** Names and values of a query, a form or a header, in their order. */
export type Params = readonly (readonly [name: string, value: string])[]

/** An HTTP request to a provider, ready to be sent. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
  /** Set if a provider's metadata named the URL. */
  discovered?: Discovered
  /** The response must say whether it came from a private network. Such a request has a connection of its own. */
  forMetadata?: true
}

/** The source of a URL that a provider's metadata named. */
export interface Discovered {
  /** The issuer, or the discovery URL of the settings. Each source has its own connections. */
  by: string
  /** Whether the metadata came from a private network: only then they may name URLs there. */
  fromPrivateNetwork: boolean
}

/** The response to a request: any status, the media type in lower case without parameters, the decoded text. */
export interface HttpResponse {
  status: number
  mediaType: string
  body: string
  /** Names in lower case, without cookies. Only the code that follows a redirect reads them. */
  headers?: ReadonlyMap<string, string>
  /** Whether it came from a private network; only for a request `forMetadata`. */
  fromPrivateNetwork?: boolean
}

/** A response whose body is read as it comes, however large it is. */
export interface StreamedResponse {
  status: number
  /** Names in lower case, without cookies: a provider has none to set here. */
  headers: ReadonlyMap<string, string>
  body: AsyncIterable<Uint8Array>
  /** For a caller that does not read to the end. */
  cancel(): Promise<void>
}

/** Sends a request; the caller passes it in. It throws if there is no response (unreachable, too slow, too large). */
export type Send = (request: HttpRequest) => Promise<HttpResponse>
