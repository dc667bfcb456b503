import type { Context, Handler } from '../context.js'
import { HttpError } from '../errors/http-error.js'
import { isPrefetch } from '../prefetch.js'

/** A person is opening a page: GET or HEAD, text/html named, and nothing says that it is a part of another page. */
export function isPageNavigation(ctx: Context): boolean {
  const acceptsPage = (ctx.method === 'GET' || ctx.method === 'HEAD') && ctx.get('Accept').includes('text/html')
  return acceptsPage && mayStartSignIn(ctx)
}

/** A person has sent a form of a page: what comes back is shown to them. */
export const isPageForm = (ctx: Context): boolean =>
  ctx.method === 'POST' && ctx.get('Accept').includes('text/html') && mayStartSignIn(ctx)

/**
 * No sign-in starts for a prefetch, an image, a frame or a script: only for what a person opened (Fetch Metadata). An
 * absent header never refuses, because older browsers send none; a navigation from another site is fine.
 */
export function mayStartSignIn(ctx: Context): boolean {
  const mode = ctx.get('Sec-Fetch-Mode')
  const destination = ctx.get('Sec-Fetch-Dest')
  return (mode === '' || mode === 'navigate') && (destination === '' || destination === 'document') && !isPrefetch(ctx)
}

/** Refuses what was not opened yet, where a GET changes something: nothing was looked up or spent by then. */
export const rejectPrefetch: Handler = (ctx, next) => {
  if (isPrefetch(ctx)) throw new HttpError('sign_in_required', 'A prefetch finishes no sign-in')
  return next()
}
