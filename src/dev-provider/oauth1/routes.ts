import type Router from '@koa/router'
import { authorizeOAuth1, OAUTH1_AUTHORIZE_PATH, showOAuth1AuthorizePage } from './authorize.js'
import type { OAuth1Deps } from './deps.js'
import { issueTemporaryCredentials } from './request-token.js'
import { issueOAuth1Token } from './tokens.js'
import { showOAuth1User } from './user.js'

/** Every URL of the OAuth 1.0a server. */
export function mountOAuth1(router: Router, deps: OAuth1Deps): void {
  router.post('/oauth1/request_token', issueTemporaryCredentials(deps))
  router.get(OAUTH1_AUTHORIZE_PATH, showOAuth1AuthorizePage(deps))
  router.post(OAUTH1_AUTHORIZE_PATH, authorizeOAuth1(deps))
  router.post('/oauth1/access_token', issueOAuth1Token(deps))
  router.get('/oauth1/user', showOAuth1User(deps))
}
