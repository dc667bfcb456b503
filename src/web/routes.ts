import { Router } from '@koa/router'
import type { Handler, State } from './context.js'
import type { WebDeps } from './deps.js'
import { HttpError } from './errors/http-error.js'
import { csrf } from './guards/csrf.js'
import { getOnly, rejectPrefetch } from './guards/get-only.js'
import { rateLimit } from './guards/rate-limit.js'
import { requireUser } from './guards/require-user.js'
import {
  account,
  deleteOwnAccount,
  endOneSession,
  linkProvider,
  signOutElsewhere,
  unlinkConnection,
} from './handlers/account.js'
import { apiSession } from './handlers/api-session.js'
import { acceptFormPost, callback } from './handlers/callback.js'
import { home } from './handlers/home.js'
import { chooseProvider, loginWithProvider } from './handlers/login.js'
import { acceptLogoutToken, confirmLogout, logout, signedOut } from './handlers/logout.js'
import { profile } from './handlers/profile.js'

/** Every URL of the app that has a session. The URLs without one are in app.ts. */
export function routes(deps: WebDeps, basePath: string): Router<State> {
  const router = new Router<State>({ prefix: basePath, sensitive: true })
  const signedIn = requireUser(deps)
  // Before the CSRF guard: another site posts to these paths, as the protocols require. A form post changes nothing, and a
  // logout token is signed.
  for (const [name, { protocol, callbackPath, usesFormPost }] of deps.providers) {
    if (usesFormPost)
      router.post(
        callbackPath,
        setProvider(name),
        rateLimit(deps, 'form-post'),
        acceptFormPost(deps, name, callbackPath),
      )
    if (protocol === 'oidc')
      router.post(`/oauth/${name}/backchannel-logout`, setProvider(name), acceptLogoutToken(deps, name))
  }
  router.use(csrf(deps))

  router.get('/', signedIn, home(deps))
  router.get('/profile', signedIn, profile(deps))
  router.get('/api/session', apiSession(deps))

  router.get('/account', signedIn, account(deps))
  router.post('/account/connect/:provider', signedIn, linkProvider(deps))
  router.post('/account/connections/:id/disconnect', signedIn, unlinkConnection(deps))
  router.post('/account/sessions/:id/end', signedIn, endOneSession(deps))
  router.post('/account/sessions/end-others', signedIn, signOutElsewhere(deps))
  router.post('/account/delete', signedIn, deleteOwnAccount(deps))

  router.get('/login', chooseProvider(deps))
  router.get('/login/:provider', getOnly, loginWithProvider(deps))
  for (const [name, { callbackPath }] of deps.providers) {
    const guards = [getOnly, setProvider(name), rejectPrefetch, rateLimit(deps, 'callback')]
    router.get(callbackPath, ...guards, callback(deps, name))
  }

  router.get('/logout', confirmLogout(deps))
  router.post('/logout', signedIn, logout(deps))
  router.get('/signed-out', signedOut(deps))

  for (const path of ['/forward-auth', '/flow-inspector']) router.all(path, notImplemented)
  return router
}

/** Error pages of this route name the provider, even where the attempt is missing. */
const setProvider =
  (provider: string): Handler =>
  (ctx, next) => {
    ctx.state.provider = provider
    return next()
  }

/** The contract names these paths, and they do nothing so far. */
const notImplemented: Handler = ctx => {
  throw new HttpError('not_found', `${ctx.path} is not available yet`, { text: 'This page is not available yet.' })
}
