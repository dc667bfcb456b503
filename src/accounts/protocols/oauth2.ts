import { buildAuthorizationUrl, readCallback, readState } from '../../oauth/authorize.js'
import { exchangeCode } from '../../oauth/token.js'
import type { OAuthClient, Send } from '../../oauth/types.js'
import { apiRequest, readApiAnswer, readUserAnswer, userRequest } from '../../oauth/userinfo.js'
import type { ApiGet, OAuth2Provider, OidcProvider, Profile } from '../../providers/provider.js'
import type { Attempt } from '../attempt.js'
import type { Clock, Credential, Protocol, Tokens } from './protocol.js'

/** OAuth 2.0 (RFC 6749) with PKCE (RFC 7636); the person is whoever the user endpoint says. */
export function speakOAuth2(provider: OAuth2Provider, { now, random }: Clock): Protocol {
  const { name, label, callbackPath, scope, issuer } = provider

  async function readPerson(send: Send, tokens: Tokens): Promise<Profile> {
    const user = readUserAnswer(await send(userRequest(provider.userUrl, tokens.accessToken, provider)))
    return provider.readProfile(user, bearerGet(provider, send, tokens))
  }

  return {
    ...{ name, label, callbackPath, scope, readPerson },
    startsAtOnce: true,
    readHandle: readState,
    readAnswer: answer => readCallback(answer, { issuer }),
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(provider, send, tokens)),

    async begin(redirectUri) {
      const remembered = { state: random(), codeVerifier: random() }
      return { ...remembered, authorizationUrl: buildAuthorizationUrl(provider, { ...remembered, redirectUri }) }
    },

    async spend(send, attempt, credential) {
      const tokens = await exchangeCode(send, withSecret(provider, provider, now), codeQuestion(attempt, credential))
      return { issuer: issuer ?? '', tokens, profile: await readPerson(send, tokens) }
    },
  }
}

export const codeQuestion = ({ codeVerifier, redirectUri }: Attempt, { code }: Credential) => ({
  code,
  codeVerifier,
  redirectUri,
})

/** The client with a secret made for this very request, where the provider wants it so. */
export const withSecret = (
  client: OAuthClient,
  { mintSecret }: Pick<OAuth2Provider, 'mintSecret'>,
  now: () => number,
): OAuthClient => (mintSecret ? { ...client, clientSecret: mintSecret(now()) } : client)

/** GET at a provider's API in the name of one person. */
export const bearerGet =
  (provider: OAuth2Provider | OidcProvider, send: Send, { accessToken }: Tokens): ApiGet =>
  async path => {
    const { href } = new URL(path, provider.apiBaseUrl)
    return readApiAnswer(await send(apiRequest(href, accessToken, provider.apiHeaders)))
  }
