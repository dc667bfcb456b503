import type { Browser } from '../accounts/sessions.js'
import type { Caller } from '../accounts/visit.js'
import type { Context } from './context.js'
import type { Cookies } from './cookies.js'

/** As much of a user agent as tells anything. */
const MOST_CHARACTERS = 512

/** The browser that asks, as it is written down with sessions and events. */
export const thisBrowser = (ctx: Context): Browser => ({
  userAgent: ctx.get('User-Agent').slice(0, MOST_CHARACTERS) || null,
  address: ctx.state.address,
})

/** The same with the sign-ins that it has under way. */
export const callerOf = (cookies: Cookies, ctx: Context): Caller => ({
  attempts: cookies.attempts(ctx),
  browser: thisBrowser(ctx),
})
