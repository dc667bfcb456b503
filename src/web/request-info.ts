import type { Browser, Caller } from '../accounts/accounts.js'
import type { Context } from './context.js'
import type { Cookies } from './cookies.js'

/** As much of a user agent as tells anything. */
const MAX_USER_AGENT_CHARS = 512

/** The browser that asks, as it is written down with sessions and events. */
export const clientInfo = (ctx: Context): Browser => ({
  userAgent: ctx.get('User-Agent').slice(0, MAX_USER_AGENT_CHARS) || null,
  address: ctx.state.address,
})

/** The same with the sign-ins that it has under way. */
export const callerOf = (cookies: Cookies, ctx: Context): Caller => ({
  attemptCookies: cookies.attempts(ctx),
  browser: clientInfo(ctx),
})
