import type Router from '@koa/router'
import type { Middleware } from 'koa'
import { mountAuthorizePage } from '../authorize-page.js'
import type { Client } from '../clients.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Grants } from '../grants.js'
import { forBearer } from '../oauth2/api.js'
import { revocationEndpoint } from '../oauth2/tokens.js'
import type { Pages, ProtocolLink } from '../pages.js'
import { sendJson } from '../responses.js'
import { oidcAuthorizePage } from './authorize.js'
import { userClaims } from './claims.js'
import { CONFIRM_LOGOUT_PATH, completeLogout, type PostForm, showLogoutPage } from './logout.js'
import { showJwks, showMetadata } from './metadata.js'
import type { OidcGrant, OidcSessions } from './sessions.js'
import type { RsaKeys } from './signing.js'
import { issueOidcTokens } from './tokens.js'

/** The path of the OpenID Connect server: its issuer is our address and this. */
export const OIDC_PATH = '/oidc'

/** What the routes of OpenID Connect use. */
export interface OidcDeps {
  issuer: string
  appOrigin: string
  clients: readonly Client[]
  protocols: readonly ProtocolLink[]
  grants: Grants<OidcGrant>
  sessions: OidcSessions
  keys: RsaKeys
  /** Whether the endpoint of the public keys fails at the moment. */
  outage: { jwksHidden: boolean }
  faultInjector: FaultInjector
  pages: Pages
  post: PostForm
  /** Milliseconds. */
  now: () => number
}

/** Every URL of the OpenID Connect server. */
export function mountOidc(router: Router, deps: OidcDeps): void {
  router.get('/oidc/.well-known/openid-configuration', showMetadata(deps))
  router.get('/.well-known/oauth-authorization-server/oidc', showMetadata(deps))
  router.get('/oidc/jwks', showJwks(deps))
  mountAuthorizePage(router, deps, oidcAuthorizePage(deps))
  router.post('/oidc/token', issueOidcTokens(deps))
  router.post('/oidc/revoke', revokeOidcTokens(deps))
  router.get('/oidc/userinfo', showUserinfo(deps))
  router.post('/oidc/userinfo', showUserinfo(deps))
  router.get('/oidc/logout', showLogoutPage(deps))
  router.post('/oidc/logout', showLogoutPage(deps))
  router.post(CONFIRM_LOGOUT_PATH, completeLogout(deps))
}

/** POST: an access token ends alone; with a refresh token the whole sign-in does, access tokens too (RFC 7009, 2.1). */
const revokeOidcTokens = (deps: Pick<OidcDeps, 'clients' | 'grants' | 'sessions' | 'faultInjector'>): Middleware =>
  revocationEndpoint(
    deps,
    (token, clientId) => deps.sessions.revoke(token, clientId) ?? deps.grants.revokeToken(token, clientId),
  )

/** GET or POST: the claims of the user that the scope allows (OpenID Connect Core 1.0, 5.3). */
const showUserinfo = (deps: Pick<OidcDeps, 'grants' | 'faultInjector'>): Middleware =>
  forBearer(deps, (ctx, { user, scope, fault }) =>
    sendJson(ctx, JSON.stringify(userClaims(fault?.userinfoOf?.(user) ?? user, scope))),
  )
