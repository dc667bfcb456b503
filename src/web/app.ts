import type { Router } from '@koa/router'
import Koa from 'koa'
import type { Sessions } from '../accounts/accounts.js'
import { randomId } from '../crypto/random.js'
import { clientAddress, peerOf, type TrustedProxies } from '../net/client-address.js'
import type { Log } from '../ops/log.js'
import type { AppContext, Context, Middleware, State } from './context.js'
import type { WebDeps } from './deps.js'
import { HttpError } from './errors/http-error.js'
import { describeThrown } from './errors/thrown.js'
import { live, ready } from './handlers/health.js'
import type { Assets } from './middleware/assets.js'
import { errorHandler } from './middleware/error-handler.js'
import { requestLog } from './middleware/request-log.js'
import { type Hsts, securityHeaders } from './middleware/security-headers.js'
import { session } from './middleware/session.js'
import { signOutInBrowser } from './middleware/sign-out-in-browser.js'
import { routes } from './routes.js'
import { createRender } from './views.js'

export interface AppOptions {
  deps: WebDeps
  sessions: Sessions
  log: Log
  assets: Assets
  viewsRoot: string
  basePath: string
  /** A broken view does not stop the start; the pages that use it show what is wrong with it. */
  local: boolean
  permanentSessions: boolean
  hsts: Hsts
  trusted: TrustedProxies
}

/** The middleware, in order; where the order matters, a comment gives the reason. */
export function createApp({
  deps,
  sessions,
  log,
  assets,
  viewsRoot,
  basePath,
  local,
  permanentSessions,
  hsts,
  trusted,
}: AppOptions): Koa<State, AppContext> {
  const app = new Koa<State, AppContext>()
  const { secure } = deps.cookies.attributes
  // Responses whose stream breaks after it began. `errorHandler` responds to every error before that.
  app.on('error', error => log.warn({ cause: describeThrown(error).message }, 'A response was cut off'))

  app.context.render = createRender(viewsRoot, local ? logBrokenView(log) : undefined)
  app.context.provider = providerMethod(deps)

  app.use(requestContext(secure, trusted))
  app.use(requestLog(log)) // outside of errorHandler, because it logs the status of error responses too
  app.use(errorHandler(deps))
  app.use(securityHeaders(hsts)) // before anything that responds
  app.use(assets.middleware) // from here to the session: nothing needs the user
  app.use(clearUnknownAttempts(deps))
  app.use(health(deps, basePath))
  app.use(signOutInBrowser(deps, basePath)) // outside of the session, which may be what fails
  app.use(
    session(app, {
      sessions,
      cookies: deps.cookies,
      lifetime: deps.sessionLimits.lifetime,
      permanent: permanentSessions,
    }),
  )

  const router = routes(deps, basePath)
  app.use(router.routes())
  app.use(warnOfStrippedPaths(router, basePath, log))
  app.use(rejectOtherMethods)
  return app
}

const logBrokenView = (log: Log) => (error: Error) =>
  log.error({ cause: describeThrown(error).message }, 'A view is broken')

const providerMethod = ({ accounts }: WebDeps): AppContext['provider'] =>
  function provider(this: Context, name, options) {
    if (this.state.session) return accounts.providerClient(this.state.session, name, options)
    throw new HttpError('sign_in_required', `ctx.provider('${name}') needs a signed-in user`)
  }

const requestContext =
  (secure: boolean, trusted: TrustedProxies): Middleware =>
  (ctx, next) => {
    ctx.state.requestId = randomId()
    const peer = peerOf(ctx.req.socket)
    // Whatever the proxy says, our own URLs begin with PUBLIC_URL.
    if (peer && trusted(peer)) ctx.state.forwardedHost = ctx.get('X-Forwarded-Host').split(',')[0]?.trim() ?? ''
    ctx.state.address = peer ? clientAddress({ peer, forwardedFor: ctx.get('X-Forwarded-For'), trusted }) : null
    // Behind a proxy that ends TLS the socket is plain, and Koa would refuse to set a Secure cookie.
    ctx.cookies.secure = secure
    return next()
  }

/** On every response: a browser with too many of these cookies could not open the page that clears them. */
const clearUnknownAttempts =
  ({ cookies }: WebDeps): Middleware =>
  (ctx, next) => {
    cookies.clearUnknownAttempts(ctx)
    return next()
  }

/** Without the router, so that other requests are not matched twice. */
function health(deps: WebDeps, basePath: string): Middleware {
  const handlers = new Map([
    [`${basePath}/health/live`, live(deps)],
    [`${basePath}/health/ready`, ready(deps)],
  ])
  return (ctx, next) => {
    const handler = handlers.get(ctx.path)
    if (!handler) return next()
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return handler(ctx, next)
    throw methodNotAllowed(['HEAD', 'GET'])
  }
}

/**
 * For requests that no route matches: logs, once, that our own paths come without BASE_PATH, because the page can only
 * say that there is no such page.
 */
function warnOfStrippedPaths(router: Pick<Router, 'match'>, basePath: string, log: Log): Middleware {
  let wasLogged = basePath === ''
  return (ctx, next) => {
    if (!wasLogged && router.match(basePath + ctx.path, ctx.method).route) {
      wasLogged = true
      log.warn({ path: ctx.path }, `Paths arrive without BASE_PATH=${basePath}: does the proxy take it off?`)
    }
    return next()
  }
}

/** The router treats a known path with another method as not found. */
const rejectOtherMethods: Middleware = ctx => {
  const layers: Router['stack'] = ctx.matched ?? []
  const methods = layers.flatMap(layer => layer.methods)
  if (methods.length > 0) throw methodNotAllowed(methods)
}

const methodNotAllowed = (methods: readonly string[]): HttpError =>
  new HttpError('method_not_allowed', 'The path exists, but not for this method', {
    headers: { Allow: [...new Set(methods)].join(', ') },
  })
