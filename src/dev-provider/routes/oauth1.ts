import type Router from '@koa/router'
import type { OAuth1Deps } from '../oauth1/deps.js'
import { exchangeVerifier } from './oauth1/access-token.js'
import { askWhoByOAuth1, decideByOAuth1, OAUTH1_AUTHORIZE_PATH } from './oauth1/authorize.js'
import { issueTemporary } from './oauth1/request-token.js'
import { showSignedUser } from './oauth1/user.js'

/** Every URL of the OAuth 1.0a server. */
export function mountOAuth1(router: Router, deps: OAuth1Deps): void {
  router.post('/oauth1/request_token', issueTemporary(deps))
  router.get(OAUTH1_AUTHORIZE_PATH, askWhoByOAuth1(deps))
  router.post(OAUTH1_AUTHORIZE_PATH, decideByOAuth1(deps))
  router.post('/oauth1/access_token', exchangeVerifier(deps))
  router.get('/oauth1/user', showSignedUser(deps))
}
