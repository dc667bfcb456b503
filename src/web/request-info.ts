import type { AttemptCookies, Browser, Caller } from '../accounts/accounts.js'
import type { Context } from './context.js'
import type { Links } from './links.js'

/** More of a user agent says nothing new. */
const MAX_USER_AGENT_CHARS = 512

/** The browser that sent the request, as it is stored with sessions and events. */
export const clientInfo = (ctx: Context): Browser => ({
  userAgent: ctx.get('User-Agent').slice(0, MAX_USER_AGENT_CHARS) || null,
  address: ctx.state.address,
})

/** The browser with the sign-ins that it has not finished yet. */
export const callerOf = (cookies: { attempts(ctx: Context): AttemptCookies }, ctx: Context): Caller => ({
  attemptCookies: cookies.attempts(ctx),
  browser: clientInfo(ctx),
})

/** JSON is for programs, and for paths that have no other format. */
export const wantsJson = (links: Links, ctx: Context): boolean =>
  links.isJsonOnly(ctx.path) || ctx.accepts('html', 'json') === 'json'

/** A browser requests in advance what a user may open next, or never. Where this fails, it requests the page again when they open it. */
export function isPrefetch(ctx: Context): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz'].map(name => ctx.get(name))
  return /prefetch|prerender|preview/i.test(purposes.join(' '))
}

/** A user opens a page: GET or HEAD, `Accept` names text/html, and nothing says that it is a part of another page. */
export function isPageNavigation(ctx: Context): boolean {
  const acceptsPage = (ctx.method === 'GET' || ctx.method === 'HEAD') && ctx.get('Accept').includes('text/html')
  return acceptsPage && mayStartSignIn(ctx)
}

/** A user has sent a form of a page: the response is shown to them. */
export const isPageForm = (ctx: Context): boolean =>
  ctx.method === 'POST' && ctx.get('Accept').includes('text/html') && mayStartSignIn(ctx)

/**
 * No sign-in starts for a prefetch, an image, a frame or a script, only for what a user opened (Fetch Metadata). An
 * absent header rejects nothing, because older browsers send none; a navigation from another site is allowed.
 */
export function mayStartSignIn(ctx: Context): boolean {
  const mode = ctx.get('Sec-Fetch-Mode')
  const destination = ctx.get('Sec-Fetch-Dest')
  return (mode === '' || mode === 'navigate') && (destination === '' || destination === 'document') && !isPrefetch(ctx)
}

/** Whether a page of this app sent the request, as far as the browser says. */
export function isSameOrigin(ctx: Context, publicUrl: string): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  if (site) return site === 'same-origin'
  // `null` is what `Referrer-Policy: no-referrer` makes of our own origin.
  return ['', 'null', publicUrl].includes(ctx.get('Origin'))
}
