import type Router from '@koa/router'
import { mountAuthorizePage } from '../authorize-page.js'
import type { Client } from '../clients.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Grants } from '../grants.js'
import type { Pages, ProtocolLink } from '../pages.js'
import { listEmails, listOrganisations, listRepositories, listTeams, showUser } from './api.js'
import { oauth2AuthorizePage } from './authorize.js'
import { issueOAuth2Token, revocationEndpoint } from './tokens.js'

interface OAuth2Deps {
  appOrigin: string
  clients: readonly Client[]
  protocols: readonly ProtocolLink[]
  grants: Grants
  faultInjector: FaultInjector
  pages: Pages
}

/** Every URL of the OAuth 2.0 server. */
export function mountOAuth2(router: Router, deps: OAuth2Deps): void {
  mountAuthorizePage(router, deps, oauth2AuthorizePage(deps))
  router.post('/login/oauth/access_token', issueOAuth2Token(deps))
  router.post('/login/oauth/revoke', revocationEndpoint(deps, deps.grants.revokeToken))
  router.get('/user', showUser(deps))
  router.get('/user/emails', listEmails(deps))
  router.get('/user/repos', listRepositories(deps))
  router.get('/user/orgs', listOrganisations(deps))
  router.get('/user/teams', listTeams(deps))
}
