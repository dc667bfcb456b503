import Router from '@koa/router'
import Koa, { type Middleware } from 'koa'
import { listEmails, listRepositories, showUser } from './api.js'
import { serveAsset } from './assets.js'
import type { Client } from './clients.js'
import { createGrants } from './grants.js'
import { setHeaders } from './headers.js'
import { createMischief, type Pause } from './mischief.js'
import { createPages, type Pages } from './pages.js'
import { answerErrors } from './refusal.js'
import { AUTHORIZE_PATH, askWho, decide } from './routes/authorize.js'
import { exchangeCode } from './routes/token.js'

export interface DevProviderOptions {
  /** The app's origin as browsers see it: the only place people are ever sent to. */
  appOrigin: string
  clients: readonly Client[]
  /** Absolute. */
  viewsDir: string
  /** Milliseconds. */
  now?: () => number
  /** How answers that are slow by choice wait. */
  pause?: Pause | undefined
}

export interface DevProvider {
  app: Koa
  /** Breaks off the answers that go wrong by choice, some of which would never end. */
  hangUp(): void
}

/**
 * The development provider: an OAuth 2.0 server shaped like GitHub, where you choose who you are and what goes wrong.
 * It keeps everything in memory and listens nowhere until it is told to.
 * @throws Error if `appOrigin` is not an origin
 */
export function createDevProvider({
  appOrigin,
  clients,
  viewsDir,
  now = Date.now,
  pause,
}: DevProviderOptions): DevProvider {
  if (!URL.canParse(appOrigin) || new URL(appOrigin).origin !== appOrigin) {
    throw new Error(`appOrigin must be an origin like http://localhost:3000, but is ${appOrigin}`)
  }
  const pages = createPages(viewsDir)
  const grants = createGrants(now)
  const mischief = createMischief(pause)
  const deps = { appOrigin, clients, grants, mischief, pages }

  const router = new Router({ sensitive: true, strict: true })
  router.get('/', introduce(pages, appOrigin))
  router.get(AUTHORIZE_PATH, askWho(deps))
  router.post(AUTHORIZE_PATH, decide(deps))
  router.post('/login/oauth/access_token', exchangeCode(deps))
  router.get('/user', showUser(deps))
  router.get('/user/emails', listEmails(deps))
  router.get('/user/repos', listRepositories(deps))
  router.get('/assets/vestibule.css', serveAsset(viewsDir, 'vestibule.css'))
  router.get('/assets/icon.svg', serveAsset(viewsDir, 'icon.svg'))

  const app = new Koa()
  app.use(setHeaders(appOrigin)) // outermost, so that errors carry them too
  app.use(answerErrors(pages))
  app.use(router.routes())
  app.use(router.allowedMethods())
  return { app, hangUp: mischief.hangUp }
}

const introduce =
  (pages: Pages, appOrigin: string): Middleware =>
  ctx => {
    pages.notice(ctx, {
      heading: 'This is the development provider',
      text: 'It stands in for GitHub while you build, on this machine only. Nothing is to be done here: open the app.',
      detail: appOrigin,
    })
  }
