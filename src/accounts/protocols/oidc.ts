import { readCallback, readState } from '../../oauth/authorize.js'
import { claimsOf, renewedByIdToken, renewedClaims } from '../../providers/claims.js'
import type { OidcProvider } from '../../providers/provider.js'
import { bearerGet, signBearer } from './api-request.js'
import { describeClaims } from './describe.js'
import { asDiscovered, createIssuer } from './issuer.js'
import { withSecret } from './oauth2.js'
import { askUserEndpoint, clientOf } from './oidc-client.js'
import { askNobody, type Judge } from './oidc-id-token.js'
import { endingSession, readingLogoutTokens } from './oidc-logout.js'
import { refreshing } from './oidc-refresh.js'
import { beginning, spending } from './oidc-sign-in.js'
import type { Protocol, RevocableTokens, SlotSend, Surroundings } from './protocol.js'
import { revokeAll } from './revoke.js'

/** OpenID Connect: the person is whoever the ID token says, and the user endpoint may only add to that. */
export function speakOidc(provider: OidcProvider, { now, monotonic, random, fetching }: Surroundings): Protocol {
  const { name, label, emailTrusted, callbackPath, scope, apiBaseUrl } = provider
  const issuer = createIssuer(provider, { monotonic, fetching })
  const judge = { provider, issuer, now }

  return {
    ...{ name, label, emailTrusted, callbackPath, scope, apiBaseUrl },
    startsAtOnce: issuer.givenMetadata !== undefined,
    begin: beginning(judge, random),
    switchParams: async () => provider.findSwitchParams((await issuer.metadata()).promptValues),
    readHandle: readState,
    readAnswer: (answer, attempt) => ({
      ...readCallback(answer, attempt, provider),
      user: answer.get('user') ?? undefined,
    }),
    spend: spending(judge),
    async readPerson(send, tokens, { before, idToken }) {
      const client = clientOf(provider, await issuer.metadata(send.wait))
      if (!client.userUrl) return undefined
      const user = await askUserEndpoint((idToken ?? before.claims).sub, provider, client, send, tokens)
      const claims = idToken ? claimsOf(idToken, user) : renewedClaims(user, before)
      return describeClaims(provider, claims, bearerGet(provider, send, tokens))
    },
    async readIdTokenPerson({ before, idToken }) {
      const claims = idToken && renewedByIdToken(idToken, before)
      return claims && describeClaims(provider, claims, askNobody)
    },
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(provider, send, tokens)),
    signApiRequest: (request, tokens) => signBearer(provider, request, tokens),
    refresh: refreshing(judge),
    revoke: revoking(judge),
    endSessionUrl: endingSession(judge),
    readLogoutToken: readingLogoutTokens(judge),
  }
}

/** Where neither settings, row nor metadata know a place for it, tokens end by themselves. */
const revoking =
  ({ provider, issuer, now }: Judge) =>
  async (send: SlotSend, tokens: RevocableTokens): Promise<void> => {
    const client = withSecret(clientOf(provider, await issuer.metadata(send.wait)), provider, now)
    const { revocationUrl } = client
    if (revocationUrl === undefined) return
    await revokeAll(asDiscovered(send, provider, client), { ...client, revocationUrl }, tokens)
  }
