import { buildAuthorizationUrl, readCallback, readState } from '../../oauth/authorize.js'
import { endSessionUrl } from '../../oauth/end-session.js'
import { inStep } from '../../oauth/errors.js'
import { refreshTokens } from '../../oauth/refresh.js'
import { exchangeCode } from '../../oauth/token.js'
import type { OAuthClient, Params, Send } from '../../oauth/types.js'
import { readUserResponse, userRequest } from '../../oauth/userinfo.js'
import type { OAuth2Provider } from '../../providers/provider.js'
import type { Attempt } from '../attempt.js'
import { bearerGet, signBearer } from './api-request.js'
import { describe } from './describe.js'
import type { Clock, Credential, Described, Protocol, Tokens } from './protocol.js'
import { revokeAll } from './revoke.js'

/** OAuth 2.0 (RFC 6749) with PKCE (RFC 7636); the person is whoever the user endpoint says. */
export function speakOAuth2(provider: OAuth2Provider, { now, random }: Clock): Protocol {
  const { name, label, callbackPath, scope, apiBaseUrl, issuer, clientId } = provider
  const { revocationUrl, endSessionUrl: endpoint, endSessionParams, emailTrusted } = provider
  const client = () => withSecret(provider, provider, now)

  async function readPerson(send: Send, tokens: Tokens): Promise<Described> {
    const request = signBearer(provider, userRequest(provider.userUrl, tokens.accessToken, provider), tokens)
    return inStep('userinfo', request.url, async () =>
      describe(provider, readUserResponse(await send(request)), bearerGet(provider, send, tokens)),
    )
  }

  return {
    ...{ name, label, emailTrusted, callbackPath, scope, apiBaseUrl, readPerson },
    startsAtOnce: true,
    readHandle: readState,
    readAnswer: answer => readCallback(answer, { issuer }, provider),
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(provider, send, tokens)),
    signApiRequest: (request, tokens) => signBearer(provider, request, tokens),

    async begin(redirectUri, _, switchParams) {
      const remembered = { state: random(), codeVerifier: random() }
      const asking = withSwitch(provider, switchParams)
      return { ...remembered, authorizationUrl: buildAuthorizationUrl(asking, { ...remembered, redirectUri }) }
    },
    switchParams: async () => provider.findSwitchParams(),

    async spend(send, attempt, credential) {
      const tokens = await exchangeCode(send, client(), codeQuestion(attempt, credential))
      return { issuer: issuer ?? '', tokens, ...(await readPerson(send, tokens)) }
    },

    refresh: async (send, { refreshToken }) => ({ tokens: await refreshTokens(send, client(), { refreshToken }) }),
    ...(revocationUrl !== undefined && {
      revoke: (send: Send, tokens) => revokeAll(send, { ...client(), revocationUrl }, tokens),
    }),
    ...(endpoint !== undefined && {
      endSessionUrl: async question => endSessionUrl(endpoint, { ...question, clientId }, endSessionParams),
    }),
  }
}

/** A client that asks the provider to let the person choose another account. */
export const withSwitch = <Client extends Pick<OAuthClient, 'authorizeParams'>>(
  client: Client,
  switchParams: Params = [],
): Client => ({
  ...client,
  authorizeParams: [
    ...client.authorizeParams.filter(([name]) => !switchParams.some(([other]) => other === name)),
    ...switchParams,
  ],
})

export const codeQuestion = ({ codeVerifier, redirectUri }: Attempt, { code }: Credential) => ({
  code,
  codeVerifier,
  redirectUri,
})

/** The client with a secret made for this very request, where the provider wants it so. */
export const withSecret = <Client extends OAuthClient>(
  client: Client,
  { mintSecret }: Pick<OAuth2Provider, 'mintSecret'>,
  now: () => number,
): Client => (mintSecret ? { ...client, clientSecret: mintSecret(now()) } : client)
