import type { ClientAuthMethod } from '../http/protocol-options.js'
import type { Params } from '../http/types.js'

/** The value of a JSON text; integers beyond 2^53 are strings. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

/** A client of one authorization server, with everything that the protocol needs. */
export interface OAuthClient {
  clientId: string
  /** Absent for a public client, with method `none`. */
  clientSecret?: string | undefined
  tokenEndpointAuthMethod: ClientAuthMethod
  authorizeUrl: string
  tokenUrl: string
  /** The URL of refresh requests, if it is not the token endpoint. */
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
  /** The separator of scopes in the authorization request, if it is not the space of RFC 6749, 3.3. */
  scopeSeparator?: ',' | undefined
  /** The provider's name for `client_id`, at all endpoints. */
  clientIdParam?: string | undefined
  /** The format of token requests, if it is not the form of RFC 6749, 4.1.3. */
  tokenRequestForm?: 'json' | undefined
  /** Headers for the token, refresh and revocation endpoints, beside the standard ones. */
  tokenHeaders?: Readonly<Record<string, string>> | undefined
  /** Changes the fields of a token response, also of an error, to those of RFC 6749 (5.1, 5.2). */
  readTokenResponse?: ((fields: JsonObject) => JsonObject) | undefined
  /** The same for the response to a refresh; without it `readTokenResponse` is used there too. */
  readRefreshResponse?: ((fields: JsonObject) => JsonObject) | undefined
}

/** The content of a token response. */
export interface TokenSet {
  accessToken: string
  tokenType: 'Bearer'
  refreshToken: string | undefined
  /** Seconds from the response on; undefined if the provider does not say. */
  expiresIn: number | undefined
  /** The same for the refresh token; undefined too if it never expires. */
  refreshExpiresIn: number | undefined
  /** The granted scope; undefined if the provider does not say, which means the requested scope (RFC 6749, 5.1). */
  scope: readonly string[] | undefined
  /** Not verified yet (OpenID Connect Core, 3.1.3.3); empty if the provider sent a value that is not a text. */
  idToken?: string | undefined
}
