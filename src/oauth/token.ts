import { readTokenAnswer } from './token-answer.js'
import { ask, clientRequest } from './token-endpoint.js'
import type { OAuthClient, OutboundRequest, Send, TokenSet } from './types.js'

/** What is spent at the token endpoint: the code, with what it was asked for. */
export interface CodeQuestion {
  code: string
  codeVerifier: string
  redirectUri: string
}

/**
 * Spends a code: question, way out, answer. It is never tried twice, because a code works once (RFC 6749, 4.1.2).
 * @throws ProtocolError provider_error, provider_malformed; and whatever `send` throws
 */
export const exchangeCode = (send: Send, client: OAuthClient, question: CodeQuestion): Promise<TokenSet> =>
  ask(send, client, tokenRequest(client, question), readTokenAnswer, 'token')

/** The question at the token endpoint (RFC 6749, 4.1.3; PKCE: RFC 7636, 4.5). */
export function tokenRequest(client: OAuthClient, question: CodeQuestion): OutboundRequest {
  const ours: [string, string][] = [
    ['grant_type', 'authorization_code'],
    ['code', question.code],
    ['redirect_uri', question.redirectUri],
  ]
  if (client.pkce) ours.push(['code_verifier', question.codeVerifier])
  return clientRequest(client, client.tokenUrl, ours, client.tokenParams)
}
