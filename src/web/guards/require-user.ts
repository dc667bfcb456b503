import type { Handler, RouteContext } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { pageOfForm } from '../form-page.js'
import { wantsJson } from '../middleware/error-handler.js'
import { signInWith } from '../start-sign-in.js'
import { isPageForm, isPageNavigation } from './navigation.js'

/**
 * Lets signed-in people pass. A page navigation is led to the sign-in and comes back; a form of a page whose session has
 * ended gets a page that leads back there; anything else gets 401 in JSON.
 */
export const requireUser =
  (deps: WebDeps): Handler =>
  async (ctx, next) => {
    if (ctx.state.user) return next()
    if (isPageNavigation(ctx)) return redirectToLogin(deps, ctx)
    if (isPageForm(ctx) && !wantsJson(deps, ctx)) throw signedOutFormError(deps, ctx)
    ctx.status = 401
    ctx.state.error = { code: 'sign_in_required' }
    deps.respond.json(ctx, { error: 'sign_in_required', login_url: deps.publicUrl + deps.links.login() })
  }

async function redirectToLogin(deps: WebDeps, ctx: RouteContext): Promise<void> {
  const { accounts, defaultProvider, links, respond, returnPaths, strays } = deps
  const returnTo = returnPaths.orHome(ctx.originalUrl)
  const loginPage = defaultProvider ? links.loginWith(defaultProvider, returnTo) : links.login(returnTo)
  // Not to the same path: that would go round in circles where the proxy does not know the browser's host.
  if (strays.isWwwVariant(ctx)) return respond.redirectToPublicUrl(ctx, loginPage)
  // HEAD changes nothing, so it begins no attempt, and takes no cookie away.
  const isHead = ctx.method === 'HEAD'
  if (!isHead && (await wasSessionEnded(deps, ctx)))
    return respond.redirect(ctx, links.login(returnTo), 'You have been signed out. Sign in again to go on.')
  // Discovery is a request to the provider, and the guard does not wait for one.
  if (!defaultProvider || isHead || !accounts.startsWithoutRequest(defaultProvider))
    return respond.redirect(ctx, loginPage)
  await signInWith(deps, ctx, defaultProvider, returnTo)
}

/** Whether the session of this browser was ended elsewhere: by another device, an operator or the provider. A time-out does not count. */
async function wasSessionEnded({ cookies, hasTimedOut }: WebDeps, ctx: RouteContext): Promise<boolean> {
  const handle = cookies.session(ctx)
  if (handle === undefined) return false
  cookies.clearSession(ctx)
  return !(await hasTimedOut(handle))
}

/** A person who wanted to sign out is signed out already. */
function signedOutFormError(deps: WebDeps, ctx: RouteContext): HttpError {
  const { cookies, defaultProvider, links } = deps
  if (cookies.session(ctx) !== undefined) cookies.clearSession(ctx)
  const returnTo = pageOfForm(deps, ctx)
  const href = defaultProvider ? links.loginWith(defaultProvider, returnTo) : links.login(returnTo)
  return new HttpError('sign_in_required', 'A form of a page was sent whose session has ended', {
    heading: 'You are signed out',
    text: links.isSignOut(ctx.path) ? 'There is nothing left to do.' : 'Nothing was changed.',
    actions: [{ label: 'Sign in', href }],
  })
}
