import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { destroySession } from '../middleware/session.js'
import { clientInfo } from '../request-info.js'

/** The button: signing out is a POST, so that no link or image does it. */
export const confirmLogout =
  ({ respond, links }: WebDeps): Handler =>
  ctx =>
    ctx.state.user ? respond.page(ctx, 'logout') : respond.redirect(ctx, links.signedOut)

/** First the session here, then that of the provider, which may be down. */
export const logout =
  ({ accounts, respond, links, providerLabels }: WebDeps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    ctx.state.endsSession = true
    const endSessionUrl = await accounts.signOut(session, clientInfo(ctx))
    destroySession(ctx)
    if (endSessionUrl === undefined) return respond.redirect(ctx, links.signedOut)
    await respond.showRedirectPage(ctx, endSessionUrl, providerLabels.get(session.provider) ?? session.provider)
  }

export const signedOut =
  ({ respond }: WebDeps): Handler =>
  ctx =>
    respond.page(ctx, 'signed-out')
