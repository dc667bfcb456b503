import { buildAuthorizationUrl, readCallback, readState } from '../../oauth/authorize.js'
import { endSessionUrl } from '../../oauth/end-session.js'
import { inStep } from '../../oauth/errors.js'
import { refreshTokens } from '../../oauth/refresh.js'
import { exchangeCode } from '../../oauth/token.js'
import type { OAuthClient, Params, Send } from '../../oauth/types.js'
import { readUserResponse, userRequest } from '../../oauth/userinfo.js'
import type { OAuth2Provider } from '../../providers/provider.js'
import type { Attempt } from '../sign-in/attempt.js'
import { authorizeApiRequest, bearerGet } from './api-request.js'
import type { ApiTokens, AuthorizationResponse, Clock, Protocol, UserInfo } from './protocol.js'
import { revokeAll } from './revoke.js'
import { readUserInfo } from './user-info.js'

/** OAuth 2.0 (RFC 6749) with PKCE (RFC 7636); the person is whoever the user endpoint says. */
export function createOAuth2Protocol(provider: OAuth2Provider, { now, random }: Clock): Protocol {
  const { name, label, callbackPath, scope, apiBaseUrl, issuer, clientId } = provider
  const { revocationUrl, endSessionUrl: endpoint, endSessionParams, emailTrusted } = provider
  const client = () => withClientSecret(provider, provider, now)

  async function readPerson(send: Send, tokens: ApiTokens): Promise<UserInfo> {
    const request = authorizeApiRequest(provider, userRequest(provider.userUrl, tokens.accessToken, provider), tokens)
    return inStep('userinfo', request.url, async () =>
      readUserInfo(provider, readUserResponse(await send(request)), bearerGet(provider, send, tokens)),
    )
  }

  return {
    ...{ name, label, emailTrusted, callbackPath, scope, apiBaseUrl, loadUserInfo: readPerson },
    startsWithoutRequest: true,
    readState: readState,
    validateCallback: response => readCallback(response, { issuer }, provider),
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(provider, send, tokens)),
    authorizeApiRequest: (request, tokens) => authorizeApiRequest(provider, request, tokens),

    async startAuthorization(redirectUri, _, switchParams) {
      const attemptParams = { state: random(), codeVerifier: random() }
      const authorizeClient = withSwitchParams(provider, switchParams)
      return {
        ...attemptParams,
        authorizationUrl: buildAuthorizationUrl(authorizeClient, { ...attemptParams, redirectUri }),
      }
    },
    switchParams: async () => provider.findSwitchParams(),

    async exchangeCode(send, attempt, credential) {
      const tokens = await exchangeCode(send, client(), codeParams(attempt, credential))
      return { issuer: issuer ?? '', tokens, ...(await readPerson(send, tokens)) }
    },

    refresh: async (send, { refreshToken }) => ({ tokens: await refreshTokens(send, client(), { refreshToken }) }),
    ...(revocationUrl !== undefined && {
      revoke: (send: Send, tokens) => revokeAll(send, { ...client(), revocationUrl }, tokens),
    }),
    ...(endpoint !== undefined && {
      endSessionUrl: async request => endSessionUrl(endpoint, { ...request, clientId }, endSessionParams),
    }),
  }
}

/** A client that asks the provider to let the person choose another account. */
export const withSwitchParams = <Client extends Pick<OAuthClient, 'authorizeParams'>>(
  client: Client,
  switchParams: Params = [],
): Client => ({
  ...client,
  authorizeParams: [
    ...client.authorizeParams.filter(([name]) => !switchParams.some(([other]) => other === name)),
    ...switchParams,
  ],
})

export const codeParams = ({ codeVerifier, redirectUri }: Attempt, { code }: AuthorizationResponse) => ({
  code,
  codeVerifier,
  redirectUri,
})

/** The client with a secret made for this very request, where the provider wants it so. */
export const withClientSecret = <Client extends OAuthClient>(
  client: Client,
  { mintSecret }: Pick<OAuth2Provider, 'mintSecret'>,
  now: () => number,
): Client => (mintSecret ? { ...client, clientSecret: mintSecret(now()) } : client)
