import type { HttpRequest, Send } from '../http/types.js'
import { clientRequest, sendRequest } from './token-endpoint.js'
import { requireOAuthSuccess } from './token-response.js'
import type { OAuthClient } from './types.js'

/** A token to revoke, and its kind (RFC 7009, 2.1). */
export interface RevocationParams {
  token: string
  hint: 'access_token' | 'refresh_token'
}

/** A client whose provider has a revocation endpoint. */
export type RevokingClient = OAuthClient & { revocationUrl: string }

/**
 * Revokes a token: builds the request, sends it, reads the response. A response of success counts whatever its body is,
 * also for a token that the provider does not know (RFC 7009, 2.2).
 * @throws ProtocolError provider_error (with the `oauthError` of RFC 7009, 2.2.1), provider_malformed; and whatever
 *   `send` throws
 */
export const revokeToken = (send: Send, client: RevokingClient, params: RevocationParams): Promise<void> =>
  sendRequest(send, client, revocationRequest(client, params), requireOAuthSuccess, 'revocation')

/** The revocation request (RFC 7009, 2.1), with the client authentication of the token endpoint. */
export const revocationRequest = (client: RevokingClient, { token, hint }: RevocationParams): HttpRequest =>
  clientRequest(client, client.revocationUrl, [
    ['token', token],
    ['token_type_hint', hint],
  ])
