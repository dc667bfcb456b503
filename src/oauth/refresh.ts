import type { HttpRequest, Send } from '../http/types.js'
import { mayConcernGrant, ProtocolError, RefreshRejected } from './errors.js'
import { clientRequest, sendRequest } from './token-endpoint.js'
import { readRefreshResponse } from './token-response.js'
import type { OAuthClient, TokenSet } from './types.js'

/** The parameters of a refresh. */
export interface RefreshParams {
  refreshToken: string
}

/**
 * Refreshes tokens: builds the request, sends it, reads the response. It is never retried, because many refresh tokens
 * work once, and a second use counts as theft (RFC 9700, 4.14.2). Without a refresh token in the response the old one
 * stays valid.
 * @throws ProtocolError provider_error (see `isInvalidGrant`; a RefreshRefused where it may be about the grant),
 *   provider_malformed; and whatever `send` throws
 */
export const refreshTokens = (send: Send, client: OAuthClient, params: RefreshParams): Promise<TokenSet> =>
  sendRequest(send, client, refreshRequest(client, params), readRefreshResponse, 'refresh').catch(rethrow)

function rethrow(error: unknown): never {
  if (!(error instanceof ProtocolError) || !mayConcernGrant(error)) throw error
  throw new RefreshRejected(error.code, error.message, error.details)
}

/** The refresh request (RFC 6749, 6); the scope stays as it was granted. */
export const refreshRequest = (client: OAuthClient, { refreshToken }: RefreshParams): HttpRequest =>
  clientRequest(
    client,
    client.refreshUrl ?? client.tokenUrl,
    [
      ['grant_type', 'refresh_token'],
      ['refresh_token', refreshToken],
    ],
    client.refreshParams,
  )
