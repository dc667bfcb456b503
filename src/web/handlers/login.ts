import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { mayStartSignIn } from '../guards/navigation.js'
import { iconOf } from '../present/provider-icon.js'
import { signInWith, switchAccountAt } from '../start-sign-in.js'

/** The choice of providers: in the order of PROVIDERS, but the one that this browser signed in with last comes first. */
export const chooseProvider = (deps: WebDeps): Handler => {
  const { respond, cookies, providerLabels, links, publicUrl, returnPaths, strays } = deps
  const providers = [...providerLabels].map(([name, label]) => ({ name, label, ...iconOf(name, label) }))
  return ctx => {
    const last = providers.length > 1 ? cookies.lastProvider(ctx) : undefined
    const returnTo = returnPaths.read(ctx.query.return_to)
    // The provider of the session that is open would only open it again.
    // Cookies of another host would not come back with the callback.
    const origin = strays.isWwwVariant(ctx) ? publicUrl : ''
    const linkTo = (name: string) => (name === ctx.state.session?.provider ? links.switchAccount : links.loginWith)
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
export const loginWithProvider =
  (deps: WebDeps): Handler =>
  ctx => {
    if (!mayStartSignIn(ctx))
      throw new HttpError('sign_in_required', 'Only a page that a person opens starts a sign-in')
    const { return_to: returnTo, join } = ctx.query
    if (ctx.query.switch === '1')
      return switchAccountAt(deps, ctx, ctx.params.provider ?? '', deps.returnPaths.orHome(returnTo))
    const linkToken = typeof join === 'string' ? join : undefined
    return signInWith(deps, ctx, ctx.params.provider ?? '', deps.returnPaths.orHome(returnTo), linkToken)
  }
