import type { Sessions } from '../accounts/accounts.js'
import type { Context } from './context.js'
import type { Cookies } from './cookies.js'
import { destroySession } from './middleware/session.js'

/**
 * Forgets the session of a request where something during the request has ended it: a refresh whose response is about
 * another person, or a rule that no longer admits this one. No page after that shows a signed-in person, and the cookie is removed.
 */
export type ForgetEndedSession = (ctx: Context) => Promise<void>

export const createForgetEndedSession =
  ({ isActive }: Pick<Sessions, 'isActive'>, cookies: Cookies): ForgetEndedSession =>
  async ctx => {
    const { session, error: refusal } = ctx.state
    // A database that does not answer is not asked once more.
    if (!session || refusal?.code === 'store_unavailable') return
    if (await isActive(session).catch(() => true)) return
    ctx.state.endedSession = session
    delete ctx.state.session
    delete ctx.state.user
    destroySession(ctx)
    // koa-session has written its cookies by now where the request ended with an error.
    cookies.clearSession(ctx)
    cookies.takeFlash(ctx)
  }
