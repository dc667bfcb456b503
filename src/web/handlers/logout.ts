import { thisBrowser } from '../browser.js'
import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { endSession } from '../session.js'

/** The button: signing out is a POST, so that no link or image does it. */
export const confirmLogout =
  ({ respond, links }: Deps): Handler =>
  ctx =>
    ctx.state.user ? respond.page(ctx, 'logout') : respond.redirect(ctx, links.signedOut)

/** First the session here, then that of the provider, which may be down. */
export const logout =
  ({ accounts, respond, links, providerLabels }: Deps): Handler =>
  async ctx => {
    const { session } = ctx.state
    if (!session) return
    ctx.state.endsSession = true
    const elsewhere = await accounts.signOut(session, thisBrowser(ctx))
    endSession(ctx)
    if (elsewhere === undefined) return respond.redirect(ctx, links.signedOut)
    await respond.depart(ctx, elsewhere, providerLabels.get(session.provider) ?? session.provider)
  }

export const signedOut =
  ({ respond }: Deps): Handler =>
  ctx =>
    respond.page(ctx, 'signed-out')
