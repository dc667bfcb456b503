import { readCallback, readState } from '../../oauth/authorize.js'
import type { Send } from '../../oauth/types.js'
import { claimsOf } from '../../providers/claims.js'
import type { OidcProvider } from '../../providers/provider.js'
import { bearerGet, signBearer } from './api-request.js'
import { describe } from './describe.js'
import { asDiscovered, createIssuer } from './issuer.js'
import { withSecret } from './oauth2.js'
import { askUserEndpoint, clientOf } from './oidc-client.js'
import type { Judge } from './oidc-id-token.js'
import { endingSession, readingLogoutTokens } from './oidc-logout.js'
import { refreshing } from './oidc-refresh.js'
import { beginning, spending } from './oidc-sign-in.js'
import type { Clock, Protocol, RevocableTokens } from './protocol.js'
import { revokeAll } from './revoke.js'

/** OpenID Connect: the person is whoever the ID token says, and the user endpoint may only add to that. */
export function speakOidc(provider: OidcProvider, { now, monotonic, random }: Clock): Protocol {
  const { name, label, callbackPath, scope, apiBaseUrl } = provider
  const issuer = createIssuer(provider, monotonic)
  const judge = { provider, issuer, now }

  return {
    ...{ name, label, callbackPath, scope, apiBaseUrl },
    startsAtOnce: false,
    begin: beginning(judge, random),
    readHandle: readState,
    readAnswer: (answer, attempt) => ({
      ...readCallback(answer, attempt, provider.denials),
      user: answer.get('user') ?? undefined,
    }),
    spend: spending(judge),
    async readPerson(send, tokens, before) {
      const client = clientOf(provider, await issuer.metadata(send))
      if (!client.userUrl) return undefined
      const user = await askUserEndpoint(before.sub, provider, client, send, tokens)
      return describe(provider, claimsOf(user, before), bearerGet(provider, send, tokens))
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
  async (send: Send, tokens: RevocableTokens): Promise<void> => {
    const client = withSecret(clientOf(provider, await issuer.metadata(send)), provider, now)
    const { revocationUrl } = client
    if (revocationUrl === undefined) return
    await revokeAll(asDiscovered(send, provider), { ...client, revocationUrl }, tokens)
  }
