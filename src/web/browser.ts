import type { Browser } from '../accounts/sessions.js'
import type { Context } from './context.js'

/** The browser of a request, as lists of sessions and the audit trail show it. */
export const browserAt = (ctx: Context): Browser => ({
  userAgent: ctx.get('User-Agent').slice(0, 512) || null,
  address: ctx.state.address,
})
