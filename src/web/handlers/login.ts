import { beginSignIn, beginSwitch } from '../begin-sign-in.js'
import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { mayStartSignIn } from '../guards/navigation.js'
import { markOf } from '../present/mark.js'
import { WebRefusal } from '../web-refusal.js'

/** The choice of providers: in the order of PROVIDERS, but the one that this browser signed in with last comes first. */
export const chooseProvider = (deps: Deps): Handler => {
  const { respond, cookies, providerLabels, links, publicUrl, returnPaths, strays } = deps
  const providers = [...providerLabels].map(([name, label]) => ({ name, label, ...markOf(name, label) }))
  return ctx => {
    const last = providers.length > 1 ? cookies.lastProvider(ctx) : undefined
    const returnTo = returnPaths.read(ctx.query.return_to)
    // The provider of the session that is open would only open it again.
    // Cookies of another host would not come back with the callback.
    const origin = strays.isElsewhere(ctx) ? publicUrl : ''
    const linkTo = (name: string) => (name === ctx.state.session?.provider ? links.switch : links.loginWith)
    const choices = providers.map(({ name, ...shown }) => ({
      ...shown,
      href: origin + linkTo(name)(name, returnTo),
      lastUsed: name === last,
    }))
    return respond.page(ctx, 'login', {
      providers: choices.sort((a, b) => Number(b.lastUsed) - Number(a.lastUsed)),
      onward: returnTo ?? returnPaths.home,
    })
  }
}

/** Off to the provider. */
export const startSignIn =
  (deps: Deps): Handler =>
  ctx => {
    if (!mayStartSignIn(ctx))
      throw new WebRefusal('sign_in_required', 'Only a page that a person opens starts a sign-in')
    const { return_to: returnTo, join } = ctx.query
    if (ctx.query.switch === '1')
      return beginSwitch(deps, ctx, ctx.params.provider ?? '', deps.returnPaths.orHome(returnTo))
    const ticket = typeof join === 'string' ? join : undefined
    return beginSignIn(deps, ctx, ctx.params.provider ?? '', deps.returnPaths.orHome(returnTo), ticket)
  }
