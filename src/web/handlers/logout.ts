import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
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
