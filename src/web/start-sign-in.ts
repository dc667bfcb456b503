import type { SafePath } from '../accounts/accounts.js'
import type { Context } from './context.js'
import type { WebDeps } from './deps.js'
import { checkRateLimit } from './guards/rate-limit.js'
import { callerOf } from './request-info.js'

/**
 * Sends the browser off to a provider.
 * @param linkToken of another sign-in, which found that an account is there already
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

/** Sends the browser off to choose another account there; where no way is known to ask for that, a page says how. */
export async function switchAccountAt(
  deps: WebDeps,
  ctx: Context,
  provider: string,
  returnTo: SafePath,
): Promise<void> {
  checkRateLimit(deps, ctx, 'start')
  const { accounts, cookies, links, providerLabels, respond } = deps
  const start = await accounts.startAccountSwitch(provider, returnTo, callerOf(cookies, ctx))
  if (start) return respond.redirectToProvider(ctx, start)
  await respond.page(ctx, 'switch', {
    label: providerLabels.get(provider) ?? provider,
    href: links.loginWith(provider, returnTo),
    others: providerLabels.size > 1 ? links.login(returnTo) : null,
  })
}
