import type { SafePath } from '../accounts/return-path.js'
import { callerOf } from './browser.js'
import type { Context } from './context.js'
import type { Deps } from './deps.js'
import { refuseFlood } from './guards/rate-limit.js'

/**
 * Sends the browser off to a provider.
 * @param ticket of another sign-in, which found that an account is there already
 */
export async function beginSignIn(
  deps: Deps,
  ctx: Context,
  provider: string,
  returnTo: SafePath,
  ticket?: string,
): Promise<void> {
  refuseFlood(deps, ctx, 'start')
  const { accounts, cookies, respond } = deps
  respond.leaveFor(ctx, await accounts.startSignIn(provider, returnTo, callerOf(cookies, ctx), ticket))
}

/** Sends the browser off to choose another account there; where no way is known to ask for that, a page says how. */
export async function beginSwitch(deps: Deps, ctx: Context, provider: string, returnTo: SafePath): Promise<void> {
  refuseFlood(deps, ctx, 'start')
  const { accounts, cookies, links, providerLabels, respond } = deps
  const start = await accounts.startSwitch(provider, returnTo, callerOf(cookies, ctx))
  if (start) return respond.leaveFor(ctx, start)
  await respond.page(ctx, 'switch', {
    label: providerLabels.get(provider) ?? provider,
    href: links.loginWith(provider, returnTo),
    others: providerLabels.size > 1 ? links.login(returnTo) : null,
  })
}
