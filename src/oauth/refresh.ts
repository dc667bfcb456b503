import { mayConcernGrant, ProtocolError, RefreshRefused } from './errors.js'
import { readRefreshAnswer } from './token-answer.js'
import { ask, clientRequest } from './token-endpoint.js'
import type { OAuthClient, OutboundRequest, Send, TokenSet } from './types.js'

/** What new tokens are asked for with. */
export interface RefreshQuestion {
  refreshToken: string
}

/**
 * Renews tokens: question, way out, answer. It is never tried twice, because many refresh tokens work once and whoever
 * shows one again is taken for a thief (RFC 9700, 4.14.2). Without a refresh token in the answer the old one stays good.
 * @throws ProtocolError provider_error (see `isGrantOver`; a RefreshRefused where it may be about the grant),
 *   provider_malformed; and whatever `send` throws
 */
export const refreshTokens = (send: Send, client: OAuthClient, question: RefreshQuestion): Promise<TokenSet> =>
  ask(send, client, refreshRequest(client, question), readRefreshAnswer, 'refresh').catch(rethrow)

function rethrow(error: unknown): never {
  if (!(error instanceof ProtocolError) || !mayConcernGrant(error)) throw error
  throw new RefreshRefused(error.code, error.message, error.details)
}

/** The question for new tokens (RFC 6749, 6); the scope stays as it was granted. */
export const refreshRequest = (client: OAuthClient, { refreshToken }: RefreshQuestion): OutboundRequest =>
  clientRequest(
    client,
    client.refreshUrl ?? client.tokenUrl,
    [
      ['grant_type', 'refresh_token'],
      ['refresh_token', refreshToken],
    ],
    client.refreshParams,
  )
