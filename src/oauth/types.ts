import type { ClientAuthMethod } from '../http/protocol-options.js'
import type { Params } from '../http/types.js'

/** A value as it comes out of a JSON text whose integers beyond 2^53 became strings. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

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
  /** The revocation endpoint (RFC 7009, 2), if the provider has one. */
  revocationUrl?: string | undefined
  userUrl: string
  scope: readonly string[]
  /** The issuer that its callbacks carry (RFC 9207), where the provider is known to send one. */
  issuer?: string | undefined
  pkce: boolean
  authorizeParams: Params
  tokenParams: Params
  refreshParams: Params
  /** Between the scopes of the authorization request, where it is not the blank of RFC 6749, 3.3. */
  scopeSeparator?: ',' | undefined
  /** What the provider calls `client_id`, at all endpoints. */
  clientIdParam?: string | undefined
  /** How token requests carry their parameters, where it is not the form of RFC 6749, 4.1.3. */
  tokenRequestForm?: 'json' | undefined
  /** Headers for the token, refresh and revocation endpoints, beside the standard ones. */
  tokenHeaders?: Readonly<Record<string, string>> | undefined
  /** Brings the fields of a token response, of success or failure, into the form of RFC 6749 (5.1, 5.2). */
  readTokenResponse?: ((fields: JsonObject) => JsonObject) | undefined
  /** The same for the response to a refresh; without it `readTokenResponse` is used there too. */
  readRefreshResponse?: ((fields: JsonObject) => JsonObject) | undefined
}

/** What a token endpoint granted. */
export interface TokenSet {
  accessToken: string
  tokenType: 'Bearer'
  refreshToken: string | undefined
  /** Seconds from the response on; undefined if the provider does not say. */
  expiresIn: number | undefined
  /** Of the refresh token, the same way; undefined too when it never ends. */
  refreshExpiresIn: number | undefined
  /** As granted; undefined when the provider does not say, which means as requested (RFC 6749, 5.1). */
  scope: readonly string[] | undefined
  /** As it came, and not verified yet (OpenID Connect Core, 3.1.3.3); empty where what came is no text. */
  idToken?: string | undefined
}
