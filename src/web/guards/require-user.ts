import { beginSignIn } from '../begin-sign-in.js'
import type { Handler, RouteContext } from '../context.js'
import type { Deps } from '../deps.js'
import { isPageNavigation } from './navigation.js'

/** Lets signed-in people pass. A page navigation is led to the sign-in and comes back; anything else is told 401. */
export const requireUser =
  (deps: Deps): Handler =>
  async (ctx, next) => {
    if (ctx.state.user) return next()
    if (isPageNavigation(ctx)) return leadToSignIn(deps, ctx)
    ctx.status = 401
    ctx.state.refusal = { code: 'sign_in_required' }
    deps.respond.json(ctx, { error: 'sign_in_required', login_url: deps.publicUrl + deps.links.login() })
  }

async function leadToSignIn(deps: Deps, ctx: RouteContext): Promise<void> {
  const { accounts, defaultProvider, links, respond, returnPaths } = deps
  const returnTo = returnPaths.orHome(ctx.originalUrl)
  if (!defaultProvider) return respond.redirect(ctx, links.login(returnTo))
  // HEAD changes nothing, so it begins no attempt; and nobody's guard waits for a provider.
  if (ctx.method === 'HEAD' || !accounts.startsAtOnce(defaultProvider))
    return respond.redirect(ctx, links.loginWith(defaultProvider, returnTo))
  await beginSignIn(deps, ctx, defaultProvider, returnTo)
}
