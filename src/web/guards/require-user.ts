import type { Handler, RouteContext } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { pageOfForm } from '../form.js'
import { signInWith } from '../handlers/login.js'
import { isPageForm, isPageNavigation, wantsJson } from '../request-info.js'

/**
 * Lets signed-in users pass. A page navigation is redirected to the sign-in and returns after it; a form of a page whose
 * session has ended gets a page that leads back there; any other request gets 401 in JSON.
 */
export const requireUser =
  (deps: WebDeps): Handler =>
  async (ctx, next) => {
    if (ctx.state.user) return next()
    if (isPageNavigation(ctx)) return redirectToLogin(deps, ctx)
    if (isPageForm(ctx) && !wantsJson(deps.links, ctx)) throw signedOutFormError(deps, ctx)
    ctx.status = 401
    ctx.state.error = { code: 'sign_in_required' }
    deps.respond.json(ctx, { error: 'sign_in_required', login_url: deps.publicUrl + deps.links.login() })
  }

/** Lets users with a role pass. A visitor who is not signed in is treated as in `requireUser`; other users are rejected. */
export function requireRole(deps: WebDeps, role: string): Handler {
  const requireSignIn = requireUser(deps)
  return async (ctx, next) => {
    const { user, session } = ctx.state
    if (!user || !session) return requireSignIn(ctx, next)
    if (session.roles.includes(role)) return next()
    throw new HttpError('forbidden', `The user ${user.id} does not have the role ${role}`)
  }
}

async function redirectToLogin(deps: WebDeps, ctx: RouteContext): Promise<void> {
  const { accounts, defaultProvider, hostMismatches, links, respond, returnPaths } = deps
  const returnTo = returnPaths.orHome(ctx.originalUrl)
  const loginPage = defaultProvider ? links.loginWith(defaultProvider, returnTo) : links.login(returnTo)
  // Not to the same path: that would be a redirect loop where the proxy does not know the browser's host.
  if (hostMismatches.isWwwVariant(ctx)) return respond.redirectToPublicUrl(ctx, loginPage)
  // HEAD changes nothing, so it starts no attempt, and clears no cookie.
  const isHead = ctx.method === 'HEAD'
  if (!isHead && (await wasSessionEnded(deps, ctx)))
    return respond.redirect(ctx, links.login(returnTo), 'You have been signed out. Sign in again to go on.')
  // Discovery is a request to the provider, and the guard does not wait for it.
  if (!defaultProvider || isHead || !accounts.startsWithoutRequest(defaultProvider))
    return respond.redirect(ctx, loginPage)
  await signInWith(deps, ctx, defaultProvider, returnTo)
}

/** Whether another device, an operator or the provider has ended the session of this browser. A time-out does not count. */
async function wasSessionEnded({ cookies, hasTimedOut }: WebDeps, ctx: RouteContext): Promise<boolean> {
  const handle = cookies.session(ctx)
  if (handle === undefined) return false
  cookies.clearSession(ctx)
  return !(await hasTimedOut(handle))
}

/** A user who wanted to sign out is signed out already. */
function signedOutFormError(deps: WebDeps, ctx: RouteContext): HttpError {
  const { cookies, defaultProvider, links } = deps
  if (cookies.session(ctx) !== undefined) cookies.clearSession(ctx)
  const returnTo = pageOfForm(deps, ctx)
  const href = defaultProvider ? links.loginWith(defaultProvider, returnTo) : links.login(returnTo)
  return new HttpError('sign_in_required', 'The session of the page that sent the form has ended', {
    heading: 'You are signed out',
    text: links.isSignOut(ctx.path) ? 'There is nothing left to do.' : 'Nothing was changed.',
    actions: [{ label: 'Sign in', href }],
  })
}
