import { RESERVED_TOKEN_PARAMS } from '../http/reserved-params.js'
import type { HttpRequest, HttpResponse, Params, Send } from '../http/types.js'
import { authenticateClient } from './client-auth.js'
import { inStep, mayConcernGrant, ProtocolError, type ProtocolStep, RefreshRejected } from './errors.js'
import { formEncode, mergeParams } from './params.js'
import { redactRequestSecrets } from './redact.js'
import { readRefreshResponse, readTokenResponse, requireOAuthSuccess } from './token-response.js'
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
 * @throws ProtocolError provider_error, provider_malformed; and the errors of `send`
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

/** The parameters of a refresh. */
export interface RefreshRequestParams {
  refreshToken: string
}

/**
 * Refreshes tokens: builds the request, sends it, reads the response. It is never retried, because many refresh tokens
 * work once, and a second use counts as theft (RFC 9700, 4.14.2). If the response has no refresh token, the old one
 * stays valid.
 * @throws ProtocolError provider_error (see `isInvalidGrant`; a RefreshRejected if the grant may be the reason),
 *   provider_malformed; and the errors of `send`
 */
export const refreshTokens = (send: Send, client: OAuthClient, params: RefreshRequestParams): Promise<TokenSet> =>
  sendRequest(send, client, refreshRequest(client, params), readRefreshResponse, 'refresh').catch(rethrow)

function rethrow(error: unknown): never {
  if (!(error instanceof ProtocolError) || !mayConcernGrant(error)) throw error
  throw new RefreshRejected(error.code, error.message, error.details)
}

/** The refresh request (RFC 6749, 6); the scope stays as it was granted. */
export const refreshRequest = (client: OAuthClient, { refreshToken }: RefreshRequestParams): HttpRequest =>
  clientRequest(
    client,
    client.refreshUrl ?? client.tokenUrl,
    [
      ['grant_type', 'refresh_token'],
      ['refresh_token', refreshToken],
    ],
    client.refreshParams,
  )

/** A token to revoke, and its kind (RFC 7009, 2.1). */
export interface RevocationParams {
  token: string
  hint: 'access_token' | 'refresh_token'
}

/** A client whose provider has a revocation endpoint. */
export type RevokingClient = OAuthClient & { revocationUrl: string }

/**
 * Revokes a token: builds the request, sends it, reads the response. A response of success counts with any body, also
 * for a token that the provider does not know (RFC 7009, 2.2).
 * @throws ProtocolError provider_error (with the `oauthError` of RFC 7009, 2.2.1), provider_malformed; and the errors of
 *   `send`
 */
export const revokeToken = (send: Send, client: RevokingClient, params: RevocationParams): Promise<void> =>
  sendRequest(send, client, revocationRequest(client, params), requireOAuthSuccess, 'revocation')

/** The revocation request (RFC 7009, 2.1), with the client authentication of the token endpoint. */
export const revocationRequest = (client: RevokingClient, { token, hint }: RevocationParams): HttpRequest =>
  clientRequest(client, client.revocationUrl, [
    ['token', token],
    ['token_type_hint', hint],
  ])

/**
 * A request to the token endpoint, or to another one with client authentication (RFC 6749, 3.2.1; RFC 7009, 2.1).
 * @param extras cannot replace our parameters or set reserved ones
 */
function clientRequest(client: OAuthClient, url: string, ours: Params, extras: Params = []): HttpRequest {
  const auth = authenticateClient(client)
  const { headers, write } = client.tokenRequestForm === 'json' ? JSON_BODY : FORM_BODY
  return {
    method: 'POST',
    url,
    headers: {
      // Without it, GitHub's response is form-encoded.
      Accept: 'application/json',
      ...client.tokenHeaders,
      ...headers,
      ...auth.headers,
    },
    body: write(mergeParams([...ours, ...auth.params], extras, RESERVED_TOKEN_PARAMS)),
  }
}

const FORM_BODY = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, write: formEncode }
const JSON_BODY = {
  headers: { 'Content-Type': 'application/json' },
  write: (params: Params) => JSON.stringify(Object.fromEntries(params)),
}

/** Sends such a request once and reads its response; no error quotes a secret of the request. */
function sendRequest<T>(
  send: Send,
  client: OAuthClient,
  request: HttpRequest,
  read: (response: HttpResponse, client: OAuthClient) => T,
  step: ProtocolStep,
): Promise<T> {
  return inStep(step, request.url, async () => {
    const response = await send(request)
    try {
      return read(response, client)
    } catch (error) {
      throw redactRequestSecrets(error, response, request, client)
    }
  })
}
