import { readCallback, readState } from '../../oauth/authorize.js'
import { combineClaims, refreshedByIdToken, refreshedClaims } from '../../providers/claims.js'
import type { OidcProvider } from '../../providers/provider.js'
import { authorizeApiRequest, bearerGet } from './api-request.js'
import { createIssuerMetadata, sendAsDiscovered } from './discovery.js'
import { withClientSecret } from './oauth2.js'
import { fetchUserinfo, resolveClient } from './oidc-client.js'
import { noApi, type OidcContext } from './oidc-id-token.js'
import { oidcEndSessionUrl, readOidcLogoutToken } from './oidc-logout.js'
import { refreshOidcTokens } from './oidc-refresh.js'
import { exchangeOidcCode, startOidcAuthorization } from './oidc-sign-in.js'
import type { Protocol, ProtocolContext, RevocableTokens, SlotSend } from './protocol.js'
import { revokeAll } from './revoke.js'
import { readUserInfoFromClaims } from './user-info.js'

/** OpenID Connect: the person is whoever the ID token says, and the user endpoint may only add to that. */
export function createOidcProtocol(
  provider: OidcProvider,
  { now, monotonic, random, fetching }: ProtocolContext,
): Protocol {
  const { name, label, emailTrusted, callbackPath, scope, apiBaseUrl } = provider
  const issuer = createIssuerMetadata(provider, { monotonic, fetching })
  const context = { provider, issuer, now }

  return {
    ...{ name, label, emailTrusted, callbackPath, scope, apiBaseUrl },
    startsWithoutRequest: issuer.configuredMetadata !== undefined,
    startAuthorization: startOidcAuthorization(context, random),
    switchParams: async () => provider.findSwitchParams((await issuer.metadata()).promptValues),
    readState: readState,
    validateCallback: (response, attempt) => ({
      ...readCallback(response, attempt, provider),
      user: response.get('user') ?? undefined,
    }),
    exchangeCode: exchangeOidcCode(context),
    async loadUserInfo(send, tokens, { before, idToken }) {
      const client = resolveClient(provider, await issuer.metadata(send.wait))
      if (!client.userUrl) return undefined
      const user = await fetchUserinfo((idToken ?? before.claims).sub, provider, client, send, tokens)
      const claims = idToken ? combineClaims(idToken, user) : refreshedClaims(user, before)
      return readUserInfoFromClaims(provider, claims, bearerGet(provider, send, tokens))
    },
    async userInfoFromIdToken({ before, idToken }) {
      const claims = idToken && refreshedByIdToken(idToken, before)
      return claims && readUserInfoFromClaims(provider, claims, noApi)
    },
    readRepositories: async (send, tokens) => provider.readRepositories?.(bearerGet(provider, send, tokens)),
    authorizeApiRequest: (request, tokens) => authorizeApiRequest(provider, request, tokens),
    refresh: refreshOidcTokens(context),
    revoke: revokeOidcTokens(context),
    endSessionUrl: oidcEndSessionUrl(context),
    readLogoutToken: readOidcLogoutToken(context),
  }
}

/** Where neither settings, row nor metadata know a place for it, tokens end by themselves. */
const revokeOidcTokens =
  ({ provider, issuer, now }: OidcContext) =>
  async (send: SlotSend, tokens: RevocableTokens): Promise<void> => {
    const client = withClientSecret(resolveClient(provider, await issuer.metadata(send.wait)), provider, now)
    const { revocationUrl } = client
    if (revocationUrl === undefined) return
    await revokeAll(sendAsDiscovered(send, provider, client), { ...client, revocationUrl }, tokens)
  }
