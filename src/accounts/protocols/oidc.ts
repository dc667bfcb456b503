import { buildAuthorizationUrl, readCallback, readState } from '../../oauth/authorize.js'
import { isUsableName } from '../../oauth/text.js'
import { exchangeCode } from '../../oauth/token.js'
import { claimsOf } from '../../providers/claims.js'
import { keptIssuer } from '../../providers/issuers.js'
import type { OidcProvider } from '../../providers/provider.js'
import { bearerGet, signBearer } from './api-request.js'
import { describe } from './describe.js'
import { asDiscovered, createIssuer } from './issuer.js'
import { codeQuestion, withSecret } from './oauth2.js'
import { askUserEndpoint, clientOf, issuerOfAnswers } from './oidc-client.js'
import { verifyFirst } from './oidc-id-token.js'
import { endingSession, readingLogoutTokens } from './oidc-logout.js'
import { refreshing } from './oidc-refresh.js'
import type { Clock, Protocol } from './protocol.js'
import { revokeAll } from './revoke.js'

/** OpenID Connect: the person is whoever the ID token says, and the user endpoint may only add to that. */
export function speakOidc(provider: OidcProvider, { now, random }: Clock): Protocol {
  const { name, label, callbackPath, scope, apiBaseUrl, responseMode, maxAge, acrValues } = provider
  const issuer = createIssuer(provider, now)
  const judge = { provider, issuer, now }

  return {
    ...{ name, label, callbackPath, scope, apiBaseUrl },
    startsAtOnce: false,
    readHandle: readState,
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(provider, send, tokens)),
    signApiRequest: (request, tokens) => signBearer(provider, request, tokens),
    refresh: refreshing(judge),
    endSessionUrl: endingSession(judge),
    readLogoutToken: readingLogoutTokens(judge),

    async begin(redirectUri, calling) {
      const metadata = await calling(issuer.metadata)
      const nonce = provider.nonce === 'echoed' ? random() : undefined
      const remembered = { state: random(), codeVerifier: random(), nonce, ...issuerOfAnswers(provider, metadata) }
      // The standard's own mode goes without saying.
      const details = { maxAge, acrValues, responseMode: responseMode === 'query' ? undefined : responseMode }
      const question = { ...remembered, ...details, redirectUri }
      return { ...remembered, authorizationUrl: buildAuthorizationUrl(clientOf(provider, metadata), question) }
    },

    readAnswer: (answer, attempt) => ({
      ...readCallback(answer, attempt, provider.denials),
      user: answer.get('user') ?? undefined,
    }),

    async spend(send, attempt, credential) {
      const metadata = await issuer.metadata(send)
      const client = withSecret(clientOf(provider, metadata), provider, now)
      const tokens = await exchangeCode(asDiscovered(send, provider), client, codeQuestion(attempt, credential))
      const idToken = await verifyFirst(judge, send, metadata, attempt, tokens)
      const { subject, claims } = idToken
      const user = client.userUrl ? await askUserEndpoint(subject, provider, client, send, tokens) : undefined
      const { profile, groups } = await describe(provider, claimsOf(claims, user), bearerGet(provider, send, tokens))
      return {
        ...{ issuer: keptIssuer(provider, idToken.issuer), tokens, groups },
        profile: { ...profile, name: profile.name ?? postedName(provider, credential.user) },
        ...(provider.readPostedName && { tellsNameOnce: true as const }),
        ...(tokens.idToken !== undefined && { idToken: tokens.idToken }),
        ...(isUsableName(claims.sid) && { sid: claims.sid }),
      }
    },

    async readPerson(send, tokens, before) {
      const client = clientOf(provider, await issuer.metadata(send))
      if (!client.userUrl) return undefined
      const user = await askUserEndpoint(before.sub, provider, client, send, tokens)
      return describe(provider, claimsOf(user, before), bearerGet(provider, send, tokens))
    },

    async revoke(send, tokens) {
      const client = withSecret(clientOf(provider, await issuer.metadata(send)), provider, now)
      const { revocationUrl } = client
      if (revocationUrl !== undefined)
        await revokeAll(asDiscovered(send, provider), { ...client, revocationUrl }, tokens)
    },
  }
}

/** For display, and only where the provider itself tells no name. */
const postedName = ({ readPostedName }: OidcProvider, user: string | undefined): string | null =>
  (user !== undefined && readPostedName?.(user)) || null
