import type Router from '@koa/router'
import { authorizeOidc, OIDC_AUTHORIZE_PATH, showOidcAuthorizePage } from './authorize.js'
import type { OidcDeps } from './deps.js'
import { CONFIRM_LOGOUT_PATH, completeLogout, showLogoutPage } from './logout.js'
import { showJwks, showMetadata } from './metadata.js'
import { revokeOidcTokens } from './revoke.js'
import { issueOidcTokens } from './tokens.js'
import { showUserinfo } from './userinfo.js'

/** The path of the OpenID Connect server: its issuer is our address and this. */
export const OIDC_PATH = '/oidc'

/** Every URL of the OpenID Connect server. */
export function mountOidc(router: Router, deps: OidcDeps): void {
  router.get('/oidc/.well-known/openid-configuration', showMetadata(deps))
  router.get('/.well-known/oauth-authorization-server/oidc', showMetadata(deps))
  router.get('/oidc/jwks', showJwks(deps))
  router.get(OIDC_AUTHORIZE_PATH, showOidcAuthorizePage(deps))
  router.post(OIDC_AUTHORIZE_PATH, authorizeOidc(deps))
  router.post('/oidc/token', issueOidcTokens(deps))
  router.post('/oidc/revoke', revokeOidcTokens(deps))
  router.get('/oidc/userinfo', showUserinfo(deps))
  router.post('/oidc/userinfo', showUserinfo(deps))
  router.get('/oidc/logout', showLogoutPage(deps))
  router.post('/oidc/logout', showLogoutPage(deps))
  router.post(CONFIRM_LOGOUT_PATH, completeLogout(deps))
}
