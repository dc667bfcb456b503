import type Router from '@koa/router'
import type { OAuth1Deps } from '../oauth1/deps.js'
import { exchangeVerifier } from './oauth1/access-token.js'
import { authorizeOAuth1, OAUTH1_AUTHORIZE_PATH, showOAuth1AuthorizePage } from './oauth1/authorize.js'
import { issueTemporary } from './oauth1/request-token.js'
import { showSignedUser } from './oauth1/user.js'

/** Every URL of the OAuth 1.0a server. */
export function mountOAuth1(router: Router, deps: OAuth1Deps): void {
  router.post('/oauth1/request_token', issueTemporary(deps))
  router.get(OAUTH1_AUTHORIZE_PATH, showOAuth1AuthorizePage(deps))
  router.post(OAUTH1_AUTHORIZE_PATH, authorizeOAuth1(deps))
  router.post('/oauth1/access_token', exchangeVerifier(deps))
  router.get('/oauth1/user', showSignedUser(deps))
}
