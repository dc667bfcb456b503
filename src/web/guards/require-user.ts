import { beginSignIn } from '../begin-sign-in.js'
import type { Handler, RouteContext } from '../context.js'
import type { Deps } from '../deps.js'
import { wantsJson } from '../errors.js'
import { pageOfForm } from '../form-page.js'
import { WebRefusal } from '../web-refusal.js'
import { isPageForm, isPageNavigation } from './navigation.js'

/**
 * Lets signed-in people pass. A page navigation is led to the sign-in and comes back; a form of a page whose session has
 * ended gets a page that leads back there; anything else gets 401 in JSON.
 */
export const requireUser =
  (deps: Deps): Handler =>
  async (ctx, next) => {
    if (ctx.state.user) return next()
    if (isPageNavigation(ctx)) return leadToSignIn(deps, ctx)
    if (isPageForm(ctx) && !wantsJson(deps, ctx)) throw signedOutForm(deps, ctx)
    ctx.status = 401
    ctx.state.refusal = { code: 'sign_in_required' }
    deps.respond.json(ctx, { error: 'sign_in_required', login_url: deps.publicUrl + deps.links.login() })
  }

async function leadToSignIn(deps: Deps, ctx: RouteContext): Promise<void> {
  const { accounts, defaultProvider, links, respond, returnPaths, strays } = deps
  const returnTo = returnPaths.orHome(ctx.originalUrl)
  const loginPage = defaultProvider ? links.loginWith(defaultProvider, returnTo) : links.login(returnTo)
  // Not to the same path: that would go round in circles where the proxy does not know the browser's host.
  if (strays.isElsewhere(ctx)) return respond.redirectToPublicUrl(ctx, loginPage)
  // HEAD changes nothing, so it begins no attempt, and takes no cookie away.
  const isHead = ctx.method === 'HEAD'
  if (!isHead && (await wasEnded(deps, ctx)))
    return respond.redirect(ctx, links.login(returnTo), 'You have been signed out. Sign in again to go on.')
  // Discovery is a request to the provider, and the guard does not wait for one.
  if (!defaultProvider || isHead || !accounts.startsAtOnce(defaultProvider)) return respond.redirect(ctx, loginPage)
  await beginSignIn(deps, ctx, defaultProvider, returnTo)
}

/** Whether the session of this browser was ended elsewhere: by another device, an operator or the provider. A time-out does not count. */
async function wasEnded({ cookies, hasTimedOut }: Deps, ctx: RouteContext): Promise<boolean> {
  const handle = cookies.session(ctx)
  if (handle === undefined) return false
  cookies.dropSession(ctx)
  return !(await hasTimedOut(handle))
}

/** A person who wanted to sign out is signed out already. */
function signedOutForm(deps: Deps, ctx: RouteContext): WebRefusal {
  const { cookies, defaultProvider, links } = deps
  if (cookies.session(ctx) !== undefined) cookies.dropSession(ctx)
  const returnTo = pageOfForm(deps, ctx)
  const href = defaultProvider ? links.loginWith(defaultProvider, returnTo) : links.login(returnTo)
  return new WebRefusal('sign_in_required', 'A form of a page was sent whose session has ended', {
    heading: 'You are signed out',
    text: links.isSignOut(ctx.path) ? 'There is nothing left to do.' : 'Nothing was changed.',
    actions: [{ label: 'Sign in', href }],
  })
}
