import { Router } from '@koa/router'
import type { Handler, State } from './context.js'
import type { WebDeps } from './deps.js'
import { authorizationResponse } from './guards/authorization-response.js'
import { csrf } from './guards/csrf.js'
import { getOnly } from './guards/get-only.js'
import { rejectPrefetch } from './guards/navigation.js'
import { rateLimit } from './guards/rate-limit.js'
import { redirectReplays } from './guards/replay.js'
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
import { backchannelLogout } from './handlers/backchannel-logout.js'
import { acceptFormPost, callback } from './handlers/callback.js'
import { home } from './handlers/home.js'
import { chooseProvider, loginWithProvider } from './handlers/login.js'
import { confirmLogout, logout, signedOut } from './handlers/logout.js'
import { notImplemented } from './handlers/not-yet.js'
import { profile } from './handlers/profile.js'

/** Every URL of the app behind the session. Those in front of it are in app.ts. */
export function routes(deps: WebDeps, basePath: string): Router<State> {
  const router = new Router<State>({ prefix: basePath, sensitive: true })
  const signedIn = requireUser(deps)
  // In front of the CSRF guard: it is another site that posts there, by design, and nothing is changed by it.
  for (const [provider, path] of deps.callbackPaths) {
    if (!deps.formPostProviders.has(provider)) continue
    router.post(path, setProvider(provider), rateLimit(deps, 'posted-answer'), acceptFormPost(deps, provider, path))
  }
  // The provider posts there itself; what it posts is signed.
  for (const [provider, protocol] of deps.protocols) {
    if (protocol !== 'oidc') continue
    router.post(`/oauth/${provider}/backchannel-logout`, setProvider(provider), backchannelLogout(deps, provider))
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
  for (const [provider, path] of deps.callbackPaths) {
    const guards = [
      getOnly,
      setProvider(provider),
      rejectPrefetch,
      rateLimit(deps, 'callback'),
      authorizationResponse(deps, provider),
    ]
    router.get(path, ...guards, redirectReplays(deps), callback(deps, provider))
  }

  router.get('/logout', confirmLogout(deps))
  router.post('/logout', signedIn, logout(deps))
  router.get('/signed-out', signedOut(deps))

  for (const path of ['/forward-auth', '/flow-inspector']) router.all(path, notImplemented)
  return router
}

/** Error pages of this route name the provider, even where the attempt that knew it is missing. */
const setProvider =
  (provider: string): Handler =>
  (ctx, next) => {
    ctx.state.provider = provider
    return next()
  }
