import type { HttpRequest, Send } from '../http/types.js'
import { clientRequest, sendRequest } from './token-endpoint.js'
import { readTokenResponse } from './token-response.js'
import type { OAuthClient, TokenSet } from './types.js'

/** The parameters of a token request: the code, and those of its authorization request. */
export interface CodeExchangeParams {
  code: string
  codeVerifier: string
  redirectUri: string
}

/**
 * Exchanges a code: builds the request, sends it, reads the response. It is never retried, because a code works once
 * (RFC 6749, 4.1.2).
 * @throws ProtocolError provider_error, provider_malformed; and whatever `send` throws
 */
export const exchangeCode = (send: Send, client: OAuthClient, params: CodeExchangeParams): Promise<TokenSet> =>
  sendRequest(send, client, tokenRequest(client, params), readTokenResponse, 'token')

/** The token request (RFC 6749, 4.1.3; PKCE: RFC 7636, 4.5). */
export function tokenRequest(client: OAuthClient, params: CodeExchangeParams): HttpRequest {
  const ours: [string, string][] = [
    ['grant_type', 'authorization_code'],
    ['code', params.code],
    ['redirect_uri', params.redirectUri],
  ]
  if (client.pkce) ours.push(['code_verifier', params.codeVerifier])
  return clientRequest(client, client.tokenUrl, ours, client.tokenParams)
}
