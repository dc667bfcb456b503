import { refuseFailure } from './token-answer.js'
import { ask, clientRequest } from './token-endpoint.js'
import type { OAuthClient, OutboundRequest, Send } from './types.js'

/** A token to give back, and what kind it is (RFC 7009, 2.1). */
export interface RevocationQuestion {
  token: string
  hint: 'access_token' | 'refresh_token'
}

/** A client whose provider takes tokens back. */
export type RevokingClient = OAuthClient & { revocationUrl: string }

/**
 * Gives a token back: question, way out, answer. An answer of success says so whatever is in it, also for a token that
 * nobody knows (RFC 7009, 2.2).
 * @throws ProtocolError provider_error (with the `oauthError` of RFC 7009, 2.2.1), provider_malformed; and whatever
 *   `send` throws
 */
export const revokeToken = (send: Send, client: RevokingClient, question: RevocationQuestion): Promise<void> =>
  ask(send, client, revocationRequest(client, question), refuseFailure, 'revocation')

/** The question at the revocation endpoint (RFC 7009, 2.1), where clients prove themselves as at the token endpoint. */
export const revocationRequest = (client: RevokingClient, { token, hint }: RevocationQuestion): OutboundRequest =>
  clientRequest(client, client.revocationUrl, [
    ['token', token],
    ['token_type_hint', hint],
  ])
