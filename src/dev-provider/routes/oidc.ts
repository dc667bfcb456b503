import type Router from '@koa/router'
import type { OidcDeps } from '../oidc/deps.js'
import { authorizeOidc, OIDC_AUTHORIZE_PATH, showOidcAuthorizePage } from './oidc/authorize.js'
import { CONFIRM_LOGOUT_PATH, showLogoutPage, signOut } from './oidc/logout.js'
import { showKeys, showMetadata } from './oidc/metadata.js'
import { revokeOidcTokens } from './oidc/revoke.js'
import { issueTokens } from './oidc/token.js'
import { showUserinfo } from './oidc/userinfo.js'

/** The path of the OpenID Connect server: its issuer is our address and this. */
export const OIDC_PATH = '/oidc'

/** Every URL of the OpenID Connect server. */
export function mountOidc(router: Router, deps: OidcDeps): void {
  router.get('/oidc/.well-known/openid-configuration', showMetadata(deps))
  router.get('/.well-known/oauth-authorization-server/oidc', showMetadata(deps))
  router.get('/oidc/jwks', showKeys(deps))
  router.get(OIDC_AUTHORIZE_PATH, showOidcAuthorizePage(deps))
  router.post(OIDC_AUTHORIZE_PATH, authorizeOidc(deps))
  router.post('/oidc/token', issueTokens(deps))
  router.post('/oidc/revoke', revokeOidcTokens(deps))
  router.get('/oidc/userinfo', showUserinfo(deps))
  router.post('/oidc/userinfo', showUserinfo(deps))
  router.get('/oidc/logout', showLogoutPage(deps))
  router.post('/oidc/logout', showLogoutPage(deps))
  router.post(CONFIRM_LOGOUT_PATH, signOut(deps))
}
