import type { Context, Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { readUnboundForm } from '../form.js'
import { countFailures } from '../guards/rate-limit.js'
import { destroySession } from '../middleware/session.js'
import { clientInfo } from '../request-info.js'

/** The page with the button: signing out is a POST, so that a link or an image cannot do it. */
export const confirmLogout =
  ({ respond, links }: WebDeps): Handler =>
  ctx =>
    ctx.state.user ? respond.page(ctx, 'logout') : respond.redirect(ctx, links.signedOut)

/** Ends the session here first, then the one at the provider, which may be down. */
export const logout =
  ({ accounts, respond, links, providers }: WebDeps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    ctx.state.endsSession = true
    const endSessionUrl = await accounts.signOut(session, clientInfo(ctx))
    destroySession(ctx)
    if (endSessionUrl === undefined) return respond.redirect(ctx, links.signedOut)
    const label = providers.get(session.provider)?.label ?? session.provider
    await respond.showRedirectPage(ctx, { url: endSessionUrl, label })
  }

export const signedOut =
  ({ respond }: WebDeps): Handler =>
  ctx =>
    respond.page(ctx, 'signed-out')

/**
 * A provider ends sessions (OpenID Connect Back-Channel Logout, 2.5 to 2.8). The status is 200 also where there was no
 * session, 400 where the token is not valid, and 5xx where the sessions could not be ended, so that the provider tries again.
 */
export const acceptLogoutToken =
  (deps: WebDeps, provider: string): Handler =>
  async ctx => {
    await countFailures(deps, ctx, 'logout-token', async () => {
      await deps.accounts.backchannelLogout(provider, await readLogoutToken(ctx))
    })
    ctx.body = ''
    ctx.status = 200
  }

async function readLogoutToken(ctx: Context): Promise<string> {
  const [token, ...more] = (await readUnboundForm(ctx)).getAll('logout_token')
  if (token && more.length === 0) return token
  throw new HttpError('request_malformed', 'There is no logout_token, or more than one')
}
