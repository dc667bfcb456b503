import Router from '@koa/router'
import Koa, { type Middleware } from 'koa'
import { listEmails, listOrganisations, listRepositories, listTeams, showUser } from './api.js'
import { serveAsset } from './assets.js'
import type { Client } from './clients.js'
import { createFaultInjector, type FaultInjector, type Pause } from './fault-injection.js'
import { createGrants } from './grants.js'
import { setHeaders } from './headers.js'
import { createCredentials } from './oauth1/credentials.js'
import type { OAuth1Deps } from './oauth1/deps.js'
import { createNonces } from './oauth1/nonces.js'
import type { OidcDeps, Post } from './oidc/deps.js'
import { createKeys } from './oidc/keys.js'
import { createSessions, type OidcGrant } from './oidc/sessions.js'
import { createPages, type Pages } from './pages.js'
import { protocolLinks, type ServedProtocol } from './protocols.js'
import { handleErrors } from './refusal.js'
import { AUTHORIZE_PATH, askWho, decide } from './routes/authorize.js'
import { mountOAuth1 } from './routes/oauth1.js'
import { accessTokenLives } from './routes/oidc/token.js'
import { mountOidc, OIDC_PATH } from './routes/oidc.js'
import { takeBack } from './routes/revoke.js'
import { exchangeCode } from './routes/token.js'

export interface DevProviderOptions {
  /** The app's origin as browsers see it: the only place people are ever sent to. */
  appOrigin: string
  /** Our own origin, as the app reaches it. */
  url: string
  /** The apps that may use us, each through one protocol; a protocol without a client is not in use. */
  clients: readonly Client[]
  /** Absolute. */
  viewsDir: string
  /** Milliseconds. */
  now?: () => number
  /** How answers that are slow by choice wait. */
  pause?: Pause | undefined
  /** Calls the app, for a sign-out behind the browser's back. */
  post: Post
}

export interface DevProvider {
  app: Koa
  /** Breaks off the answers that go wrong by choice, some of which would never end. */
  abortAll(): void
}

/**
 * The development provider: an OAuth 2.0 server shaped like GitHub, an OpenID provider and an OAuth 1.0a server, where
 * you choose who you are and what goes wrong. It keeps everything in memory and listens nowhere until it is told to.
 * @throws Error if `appOrigin` or `url` is not an origin
 */
export function createDevProvider({ now = Date.now, pause, ...options }: DevProviderOptions): DevProvider {
  const { appOrigin, viewsDir } = options
  refuseOther({ appOrigin, url: options.url })
  const faultInjector = createFaultInjector(pause)
  const house = { ...options, now, faultInjector, pages: createPages(viewsDir) }
  const { pages } = house
  const oauth2 = { ...protocolDeps(house, 'oauth2'), grants: createGrants(now) }

  const router = new Router({ sensitive: true, strict: true })
  router.get('/', introduce(pages, appOrigin))
  router.get(AUTHORIZE_PATH, askWho(oauth2))
  router.post(AUTHORIZE_PATH, decide(oauth2))
  router.post('/login/oauth/access_token', exchangeCode(oauth2))
  router.post('/login/oauth/revoke', takeBack(oauth2, oauth2.grants.revokeToken))
  router.get('/user', showUser(oauth2))
  router.get('/user/emails', listEmails(oauth2))
  router.get('/user/repos', listRepositories(oauth2))
  router.get('/user/orgs', listOrganisations(oauth2))
  router.get('/user/teams', listTeams(oauth2))
  mountOidc(router, furnishOidc(house))
  mountOAuth1(router, furnishOAuth1(house))
  router.get('/assets/vestibule.css', serveAsset(viewsDir, 'vestibule.css'))
  router.get('/assets/icon.svg', serveAsset(viewsDir, 'icon.svg'))

  const app = new Koa()
  app.use(setHeaders(appOrigin)) // outermost, so that errors carry them too
  app.use(handleErrors(pages))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return { app, abortAll: faultInjector.abortAll }
}

function refuseOther(origins: Readonly<Record<string, string>>): void {
  for (const [name, given] of Object.entries(origins)) {
    if (URL.canParse(given) && new URL(given).origin === given) continue
    throw new Error(`${name} must be an origin like http://localhost:3000, but is ${given}`)
  }
}

type House = Omit<DevProviderOptions, 'pause' | 'now'> & {
  now: () => number
  faultInjector: FaultInjector
  pages: Pages
}

/** What every protocol uses: it knows its own clients only. */
const protocolDeps = ({ appOrigin, clients, faultInjector, pages }: House, protocol: ServedProtocol) => ({
  ...{ appOrigin, faultInjector, pages },
  clients: clients.filter(client => client.protocol === protocol),
  protocols: protocolLinks(clients, protocol),
})

function furnishOidc(house: House): OidcDeps {
  const { url, now, post } = house
  const sessions = createSessions()
  const onReplay = ({ sid }: OidcGrant) => sessions.end(sid)
  const isOver = ({ sid }: OidcGrant) => sessions.hasEnded(sid)
  return {
    ...protocolDeps(house, 'oidc'),
    ...{ now, post, sessions },
    issuer: url + OIDC_PATH,
    grants: createGrants<OidcGrant>(now, { tokenLives: accessTokenLives, onReplay, isOver }),
    keys: createKeys(now),
    trouble: { keysAreHidden: false },
  }
}

const furnishOAuth1 = (house: House): OAuth1Deps => ({
  ...protocolDeps(house, 'oauth1'),
  url: house.url,
  credentials: createCredentials(house.now),
  nonces: createNonces(house.now),
  armed: new Map(),
})

const introduce =
  (pages: Pages, appOrigin: string): Middleware =>
  ctx => {
    pages.notice(ctx, {
      heading: 'This is the development provider',
      text: 'It stands in for GitHub and friends while you build, on this machine only. Nothing is to be done here: open the app.',
      detail: appOrigin,
    })
  }
