import type { Browser } from '../accounts/sessions.js'
import type { Context } from './context.js'

/** As much of a user agent as tells anything. */
const MOST_CHARACTERS = 512

/** The browser that asks, as it is written down with sessions and events. */
export const thisBrowser = (ctx: Context): Browser => ({
  userAgent: ctx.get('User-Agent').slice(0, MOST_CHARACTERS) || null,
  address: ctx.state.address,
})
