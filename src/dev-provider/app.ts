import { promises as files } from 'node:fs'
import Router from '@koa/router'
import Koa, { type Middleware } from 'koa'
import { type Client, protocolLinks, type ServedProtocol } from './clients.js'
import { handleErrors } from './errors.js'
import { createFaultInjector, type FaultInjector, type Pause } from './fault-injection.js'
import { createGrants } from './grants.js'
import { createCredentialStore } from './oauth1/credentials.js'
import { mountOAuth1, type OAuth1Deps } from './oauth1/routes.js'
import { createNonces } from './oauth1/signed-request.js'
import { mountOAuth2 } from './oauth2/routes.js'
import type { PostForm } from './oidc/logout.js'
import { mountOidc, OIDC_PATH, type OidcDeps } from './oidc/routes.js'
import { createOidcSessions, type OidcGrant } from './oidc/sessions.js'
import { createRsaKeys } from './oidc/signing.js'
import { accessTokenTtlMs } from './oidc/tokens.js'
import { createPages, type Pages } from './pages.js'

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
  /** How responses wait that are slow on purpose. */
  pause?: Pause | undefined
  /** Calls the app, for a back-channel logout. */
  post: PostForm
}

export interface DevProvider {
  app: Koa
  /** Ends the faulty responses, some of which would never end. */
  abortAll(): void
}

const ASSET_TYPES = { 'vestibule.css': 'text/css; charset=utf-8', 'icon.svg': 'image/svg+xml' }

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

  const router = new Router({ sensitive: true, strict: true })
  router.get('/', showHome(pages, appOrigin))
  mountOAuth2(router, { ...protocolDeps(shared, 'oauth2'), grants: createGrants(now) })
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
  appOrigin,
  faultInjector,
  pages,
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
    now,
    post,
    sessions,
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
      text: 'It replaces GitHub and other providers while you build, on this machine only. There is nothing to do here: open the app.',
      detail: appOrigin,
    })
  }

/** Sets the security headers of every response. */
function setHeaders(appOrigin: string): Middleware {
  const headers = {
    'Content-Security-Policy': [
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self'",
      // Browsers apply it to the redirect after a form post too, and ours leads to the app.
      `form-action 'self' ${appOrigin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ].join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  }
  return (ctx, next) => {
    ctx.set(headers)
    return next()
  }
}

/** A file of `<viewsDir>/assets`, read for each request, so that an edit is seen at once. */
function serveAsset(viewsDir: string, name: keyof typeof ASSET_TYPES): Middleware {
  return async ctx => {
    const content = await files.readFile(`${viewsDir}/assets/${name}`)
    ctx.set('Cache-Control', 'max-age=60')
    ctx.set('Content-Type', ASSET_TYPES[name])
    ctx.body = content
  }
}
