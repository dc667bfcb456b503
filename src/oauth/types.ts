export type Pairs = readonly (readonly [name: string, value: string])[]

/** A value as it comes out of a JSON text whose integers beyond 2^53 were kept as strings. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** An HTTP request to a provider, ready to be sent. */
export interface OutboundRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers: Readonly<Record<string, string>>
  body?: string
  /**
   * The metadata that named the URL, `by` the issuer or the discovery URL of the settings: it leads into our own network
   * only if they came from there themselves.
   */
  discovered?: { by: string; fromInside: boolean }
  /** The response is to say whether it came from our own network. */
  forMetadata?: true
}

/** The raw answer to it: any status, the media type in lower case without parameters, the decoded text. */
export interface Answer {
  status: number
  mediaType: string
  body: string
  /** Names in lower case; only what follows a redirect looks at them. */
  headers?: ReadonlyMap<string, string>
  /** Whether it came from our own network; only to a request `forMetadata`. */
  fromInside?: boolean
}

/** The way out, given from above. It throws when there is no answer (unreachable, too slow, too large). */
export type Send = (request: OutboundRequest) => Promise<Answer>

/** How the client proves itself at the token endpoint (RFC 6749, 2.3.1). */
export type ClientAuthMethod = 'client_secret_basic' | 'client_secret_post' | 'none'

/** A client of one authorization server, as far as the protocol is concerned. */
export interface OAuthClient {
  clientId: string
  /** Absent for a public client, with method `none`. */
  clientSecret?: string | undefined
  tokenEndpointAuthMethod: ClientAuthMethod
  authorizeUrl: string
  tokenUrl: string
  /** Where tokens are renewed, if not at the token endpoint. */
  refreshUrl?: string | undefined
  /** Where tokens are given back (RFC 7009, 2), if the provider has such a place. */
  revocationUrl?: string | undefined
  userUrl: string
  scope: readonly string[]
  /** The issuer that its callbacks carry (RFC 9207), where the provider is known to send one. */
  issuer?: string | undefined
  pkce: boolean
  authorizeParams: Pairs
  tokenParams: Pairs
  refreshParams: Pairs
  /** Between the scopes of the authorization request, where it is not the blank of RFC 6749, 3.3. */
  scopeSeparator?: ',' | undefined
  /** What the provider calls `client_id`, at all endpoints. */
  clientIdParam?: string | undefined
  /** How token requests carry their parameters, where it is not the form of RFC 6749, 4.1.3. */
  tokenRequestForm?: 'json' | undefined
  /** What the token endpoint and its kin want beside the standard headers. */
  tokenHeaders?: Readonly<Record<string, string>> | undefined
  /** Puts the fields of a token answer, of success or failure, where RFC 6749 (5.1, 5.2) has them. */
  readTokenAnswer?: ((fields: JsonObject) => JsonObject) | undefined
  /** The same for the answer to a refresh; without it `readTokenAnswer` counts there too. */
  readRefreshAnswer?: ((fields: JsonObject) => JsonObject) | undefined
}

/** What a token endpoint granted. */
export interface TokenSet {
  accessToken: string
  tokenType: 'Bearer'
  refreshToken: string | undefined
  /** Seconds from the answer on; undefined when the provider does not say. */
  expiresIn: number | undefined
  /** Of the refresh token, the same way; undefined too when it never ends. */
  refreshExpiresIn: number | undefined
  /** As granted; undefined when the provider does not say, which means as requested (RFC 6749, 5.1). */
  scope: readonly string[] | undefined
  /** As it came, and not verified yet (OpenID Connect Core, 3.1.3.3); empty where what came is no text. */
  idToken?: string | undefined
}
