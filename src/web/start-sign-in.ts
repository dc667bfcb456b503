import type { SafePath } from '../accounts/accounts.js'
import type { Context } from './context.js'
import type { WebDeps } from './deps.js'
import { checkRateLimit } from './guards/rate-limit.js'
import { callerOf } from './request-info.js'

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
