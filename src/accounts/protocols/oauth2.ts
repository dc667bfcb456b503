import type { Send } from '../../http/types.js'
import { buildAuthorizationUrl, readCallback, readState } from '../../oauth/authorize.js'
import { endSessionUrl } from '../../oauth/end-session.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import {
  exchangeCode,
  type RevocationParams,
  type RevokingClient,
  refreshTokens,
  revokeToken,
} from '../../oauth/token.js'
import { readUserResponse, userRequest } from '../../oauth/userinfo.js'
import type { OAuth2Provider } from '../../providers/provider.js'
import type { ApiTokens, Clock, Protocol, RevocableTokens, UserInfo } from './protocol.js'
import { bearerGet, readUserInfo, withClientSecret, withSwitchParams, withUserToken } from './provider-requests.js'

/** OAuth 2.0 (RFC 6749) with PKCE (RFC 7636). The response of the user endpoint says who the user is. */
export function createOAuth2Protocol(provider: OAuth2Provider, { now, random }: Clock): Protocol {
  const { name, label, callbackPath, scope, apiBaseUrl, issuer, clientId } = provider
  const { revocationUrl, endSessionUrl: endpoint, endSessionParams, emailTrusted } = provider
  const client = () => withClientSecret(provider, provider, now)
  const loadUserInfo = (send: Send, tokens: ApiTokens) => loadOAuth2UserInfo(send, provider, tokens)

  return {
    name,
    label,
    emailTrusted,
    callbackPath,
    scope,
    apiBaseUrl,
    startsWithoutRequest: true,
    async startAuthorization(redirectUri, _, switchParams) {
      const attempt = { state: random(), codeVerifier: random() }
      const authorizationUrl = buildAuthorizationUrl(withSwitchParams(provider, switchParams), {
        ...attempt,
        redirectUri,
      })
      return { ...attempt, authorizationUrl }
    },
    switchParams: async () => provider.findSwitchParams(),
    readState,
    validateCallback: params => readCallback(params, { issuer }, provider),
    async exchangeCode(send, { codeVerifier, redirectUri }, { code }) {
      const tokens = await exchangeCode(send, client(), { code, codeVerifier, redirectUri })
      return { issuer: issuer ?? '', tokens, ...(await loadUserInfo(send, tokens)) }
    },
    loadUserInfo,
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(send, provider, tokens)),
    authorizeApiRequest: (request, tokens) => withUserToken(provider, request, tokens),
    refresh: async (send, { refreshToken }) => ({ tokens: await refreshTokens(send, client(), { refreshToken }) }),
    ...(revocationUrl !== undefined && {
      revoke: (send: Send, tokens) => revokeAll(send, { ...client(), revocationUrl }, tokens),
    }),
    ...(endpoint !== undefined && {
      endSessionUrl: async request => endSessionUrl(endpoint, { ...request, clientId }, endSessionParams),
    }),
  }
}

function loadOAuth2UserInfo(send: Send, provider: OAuth2Provider, tokens: ApiTokens): Promise<UserInfo> {
  const request = withUserToken(provider, userRequest(provider.userUrl, tokens.accessToken, provider), tokens)
  return inStep('userinfo', request.url, async () =>
    readUserInfo(provider, readUserResponse(await send(request)), bearerGet(send, provider, tokens)),
  )
}

/** Revokes both tokens, the one that lives longer first. If one request fails, the other is sent all the same. */
export async function revokeAll(
  send: Send,
  client: RevokingClient,
  { accessToken, refreshToken }: RevocableTokens,
): Promise<void> {
  const requests: RevocationParams[] = [{ token: accessToken, hint: 'access_token' }]
  if (refreshToken !== undefined) requests.unshift({ token: refreshToken, hint: 'refresh_token' })
  const failures: unknown[] = []
  let isRefreshTokenRevoked = false
  for (const request of requests) {
    try {
      await revokeToken(send, client, request)
      isRefreshTokenRevoked ||= request.hint === 'refresh_token'
    } catch (error) {
      if (!isUnsupportedType(error) && !(isRefreshTokenRevoked && isRejected(error))) failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/**
 * With the refresh token the access tokens of its grant are revoked too (RFC 7009, 2.1); some servers do not know them
 * then.
 */
const isRejected = (error: unknown): boolean => error instanceof ProtocolError && error.status === 400

/** Access tokens that the server does not look up cannot be revoked: they end by themselves (RFC 7009, 2.2.1). */
const isUnsupportedType = (error: unknown): boolean =>
  error instanceof ProtocolError && error.oauthError === 'unsupported_token_type'
