import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { endSession } from '../session.js'

/** The button: signing out is a POST, so that no link or image does it. */
export const confirmLogout =
  ({ respond, links }: Deps): Handler =>
  ctx =>
    ctx.state.user ? respond.page(ctx, 'logout') : respond.redirect(ctx, links.signedOut)

export const logout =
  ({ respond, links }: Deps): Handler =>
  ctx => {
    endSession(ctx)
    respond.redirect(ctx, links.signedOut)
  }

export const signedOut =
  ({ respond }: Deps): Handler =>
  ctx =>
    respond.page(ctx, 'signed-out')
