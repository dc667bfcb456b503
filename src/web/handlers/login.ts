import type { SafePath } from '../../accounts/accounts.js'
import type { Context, Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { checkRateLimit } from '../guards/rate-limit.js'
import { iconOf } from '../present/provider-icon.js'
import { callerOf, mayStartSignIn } from '../request-info.js'

/** The choice of providers in the order of PROVIDERS, except that the one of this browser's last sign-in comes first. */
export const chooseProvider = (deps: WebDeps): Handler => {
  const { respond, cookies, hostMismatches, links, publicUrl, returnPaths } = deps
  const providers = [...deps.providers].map(([name, { label }]) => ({ name, label, ...iconOf(name, label) }))
  return ctx => {
    const last = providers.length > 1 ? cookies.lastProvider(ctx) : undefined
    const returnTo = returnPaths.read(ctx.query.return_to)
    // The callback does not get the cookies of another host.
    const origin = hostMismatches.isWwwVariant(ctx) ? publicUrl : ''
    // The provider of the current session would only sign in the same account again.
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

/** Redirects to the provider. */
export const loginWithProvider =
  (deps: WebDeps): Handler =>
  ctx => {
    if (!mayStartSignIn(ctx))
      throw new HttpError('sign_in_required', 'A sign-in starts only where a user opens this URL as a page')
    const { return_to: returnTo, join } = ctx.query
    if (ctx.query.switch === '1')
      return switchAccountAt(deps, ctx, ctx.params.provider ?? '', deps.returnPaths.orHome(returnTo))
    const linkToken = typeof join === 'string' ? join : undefined
    return signInWith(deps, ctx, ctx.params.provider ?? '', deps.returnPaths.orHome(returnTo), linkToken)
  }

/**
 * Redirects the browser to a provider.
 * @param linkToken names another identity, which is linked to the account that this sign-in leads to
 */
export async function signInWith(
  deps: WebDeps,
  ctx: Context,
  provider: string,
  returnTo: SafePath,
  linkToken?: string,
): Promise<void> {
  checkRateLimit(deps, ctx, 'start')
  const { accounts, cookies, respond } = deps
  respond.redirectToProvider(ctx, await accounts.startSignIn(provider, returnTo, callerOf(cookies, ctx), linkToken))
}

/**
 * Redirects the browser to a provider, which lets the user choose another account. Where no request parameter asks the
 * provider for that, a page says what to do.
 */
export async function switchAccountAt(
  deps: WebDeps,
  ctx: Context,
  provider: string,
  returnTo: SafePath,
): Promise<void> {
  checkRateLimit(deps, ctx, 'start')
  const { accounts, cookies, links, providers, respond } = deps
  const start = await accounts.startAccountSwitch(provider, returnTo, callerOf(cookies, ctx))
  if (start) return respond.redirectToProvider(ctx, start)
  await respond.page(ctx, 'switch', {
    label: providers.get(provider)?.label ?? provider,
    href: links.loginWith(provider, returnTo),
    others: providers.size > 1 ? links.login(returnTo) : null,
  })
}
