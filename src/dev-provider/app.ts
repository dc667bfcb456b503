import Router from '@koa/router'
import Koa, { type Middleware } from 'koa'
import { serveAsset } from './assets.js'
import type { Client, ServedProtocol } from './clients.js'
import { handleErrors } from './errors.js'
import { createFaultInjector, type FaultInjector, type Pause } from './fault-injection.js'
import { createGrants } from './grants.js'
import { setHeaders } from './headers.js'
import { createCredentialStore } from './oauth1/credentials.js'
import type { OAuth1Deps } from './oauth1/deps.js'
import { createNonces } from './oauth1/nonces.js'
import { mountOAuth1 } from './oauth1/routes.js'
import { listEmails, listOrganisations, listRepositories, listTeams, showUser } from './oauth2/api.js'
import { authorizeOAuth2, OAUTH2_AUTHORIZE_PATH, showOAuth2AuthorizePage } from './oauth2/authorize.js'
import { revocationEndpoint } from './oauth2/revoke.js'
import { issueOAuth2Token } from './oauth2/tokens.js'
import type { OidcDeps, PostForm } from './oidc/deps.js'
import { createRsaKeys } from './oidc/keys.js'
import { mountOidc, OIDC_PATH } from './oidc/routes.js'
import { createOidcSessions, type OidcGrant } from './oidc/sessions.js'
import { accessTokenTtlMs } from './oidc/tokens.js'
import { createPages, type Pages } from './pages.js'
import { protocolLinks } from './protocols.js'

export interface DevProviderOptions {
  /** The app's origin as browsers see it: the only origin that we redirect to. */
  appOrigin: string
  /** Our own origin, as the app reaches it. */
  url: string
  /** The apps that may use us, each through one protocol; a protocol without a client is not in use. */
  clients: readonly Client[]
  /** Absolute. */
  viewsDir: string
  /** Milliseconds. */
  now?: () => number
  /** How responses that are slow by choice wait. */
  pause?: Pause | undefined
  /** Calls the app, for a sign-out behind the browser's back. */
  post: PostForm
}

export interface DevProvider {
  app: Koa
  /** Ends the faulty responses, some of which would never end. */
  abortAll(): void
}

/**
 * The development provider: an OAuth 2.0 server shaped like GitHub, an OpenID provider and an OAuth 1.0a server, where
 * you choose who you are and what goes wrong. It keeps everything in memory and does not listen by itself.
 * @throws Error if `appOrigin` or `url` is not an origin
 */
export function createDevProvider({ now = Date.now, pause, ...options }: DevProviderOptions): DevProvider {
  const { appOrigin, viewsDir } = options
  requireOrigins({ appOrigin, url: options.url })
  const faultInjector = createFaultInjector(pause)
  const shared = { ...options, now, faultInjector, pages: createPages(viewsDir) }
  const { pages } = shared
  const oauth2 = { ...protocolDeps(shared, 'oauth2'), grants: createGrants(now) }

  const router = new Router({ sensitive: true, strict: true })
  router.get('/', showHome(pages, appOrigin))
  router.get(OAUTH2_AUTHORIZE_PATH, showOAuth2AuthorizePage(oauth2))
  router.post(OAUTH2_AUTHORIZE_PATH, authorizeOAuth2(oauth2))
  router.post('/login/oauth/access_token', issueOAuth2Token(oauth2))
  router.post('/login/oauth/revoke', revocationEndpoint(oauth2, oauth2.grants.revokeToken))
  router.get('/user', showUser(oauth2))
  router.get('/user/emails', listEmails(oauth2))
  router.get('/user/repos', listRepositories(oauth2))
  router.get('/user/orgs', listOrganisations(oauth2))
  router.get('/user/teams', listTeams(oauth2))
  mountOidc(router, oidcDeps(shared))
  mountOAuth1(router, oauth1Deps(shared))
  router.get('/assets/vestibule.css', serveAsset(viewsDir, 'vestibule.css'))
  router.get('/assets/icon.svg', serveAsset(viewsDir, 'icon.svg'))

  const app = new Koa()
  app.use(setHeaders(appOrigin)) // outermost, so that errors carry them too
  app.use(handleErrors(pages))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return { app, abortAll: faultInjector.abortAll }
}

function requireOrigins(origins: Readonly<Record<string, string>>): void {
  for (const [name, origin] of Object.entries(origins)) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue
    throw new Error(`${name} must be an origin like http://localhost:3000, but is ${origin}`)
  }
}

type Shared = Omit<DevProviderOptions, 'pause' | 'now'> & {
  now: () => number
  faultInjector: FaultInjector
  pages: Pages
}

/** What every protocol uses: it knows its own clients only. */
const protocolDeps = ({ appOrigin, clients, faultInjector, pages }: Shared, protocol: ServedProtocol) => ({
  ...{ appOrigin, faultInjector, pages },
  clients: clients.filter(client => client.protocol === protocol),
  protocols: protocolLinks(clients, protocol),
})

function oidcDeps(shared: Shared): OidcDeps {
  const { url, now, post } = shared
  const sessions = createOidcSessions()
  const onReplay = ({ sid }: OidcGrant) => sessions.end(sid)
  const hasEnded = ({ sid }: OidcGrant) => sessions.hasEnded(sid)
  return {
    ...protocolDeps(shared, 'oidc'),
    ...{ now, post, sessions },
    issuer: url + OIDC_PATH,
    grants: createGrants<OidcGrant>(now, { tokenTtlMs: accessTokenTtlMs, onReplay, hasEnded }),
    keys: createRsaKeys(now),
    outage: { jwksHidden: false },
  }
}

const oauth1Deps = (shared: Shared): OAuth1Deps => ({
  ...protocolDeps(shared, 'oauth1'),
  url: shared.url,
  credentials: createCredentialStore(shared.now),
  nonces: createNonces(shared.now),
  pendingFaults: new Map(),
})

const showHome =
  (pages: Pages, appOrigin: string): Middleware =>
  ctx => {
    pages.notice(ctx, {
      heading: 'This is the development provider',
      text: 'It stands in for GitHub and friends while you build, on this machine only. Nothing is to be done here: open the app.',
      detail: appOrigin,
    })
  }
