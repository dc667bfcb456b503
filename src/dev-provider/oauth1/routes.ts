import type Router from '@koa/router'
import type { Middleware } from 'koa'
import { mountAuthorizePage } from '../authorize-page.js'
import type { Client } from '../clients.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Pages, ProtocolLink } from '../pages.js'
import { sendJson } from '../responses.js'
import type { TestUser } from '../users.js'
import { oauth1AuthorizePage } from './authorize.js'
import type { CredentialStore } from './credentials.js'
import type { OAuth1Fault } from './faults.js'
import { handleSigned, type Nonces, OAuth1Problem, readSignedRequest } from './signed-request.js'
import { issueOAuth1Token, issueTemporaryCredentials } from './tokens.js'

/** What the routes of OAuth 1.0a use. */
export interface OAuth1Deps {
  /** Our own address. */
  url: string
  appOrigin: string
  clients: readonly Client[]
  protocols: readonly ProtocolLink[]
  credentials: CredentialStore
  nonces: Nonces
  /** Faults for a client's next request for temporary credentials, by client id. */
  pendingFaults: Map<string, OAuth1Fault>
  faultInjector: FaultInjector
  pages: Pages
}

/** Every URL of the OAuth 1.0a server. */
export function mountOAuth1(router: Router, deps: OAuth1Deps): void {
  router.post('/oauth1/request_token', issueTemporaryCredentials(deps))
  mountAuthorizePage(router, deps, oauth1AuthorizePage(deps))
  router.post('/oauth1/access_token', issueOAuth1Token(deps))
  router.get('/oauth1/user', showOAuth1User(deps))
}

type UserDeps = Pick<OAuth1Deps, 'url' | 'clients' | 'nonces' | 'credentials' | 'faultInjector'>

/** GET: the user, to a client that signs with the user's token (RFC 5849, 3). */
const showOAuth1User = (deps: UserDeps): Middleware =>
  handleSigned(async ctx => {
    const { credentials, faultInjector } = deps
    const { get } = await readSignedRequest(ctx, deps, (token = '', clientId) => {
      const found = credentials.findTokenCredentials(token)
      return found?.clientId === clientId ? found.secret : undefined
    })
    const access = credentials.findTokenCredentials(get('oauth_token') ?? '')
    if (!access) throw new OAuth1Problem('token_rejected')
    const { fault, used } = access
    access.used = true
    const faultResponse = (used ? fault?.laterResponse : undefined) ?? fault?.userResponse
    await faultInjector.inject(ctx, faultResponse, () => sendJson(ctx, describeUser(access.user)))
  })

/** The id is text, since it may be larger than any number that JSON carries safely. */
function describeUser({ id, login, name, emails }: TestUser): string {
  const address = emails.find(({ primary }) => primary)
  const email = address?.email ?? null
  return JSON.stringify({ id: String(id), login, name, email, email_verified: address?.verified ?? false })
}
