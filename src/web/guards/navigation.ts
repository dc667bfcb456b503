import type { Context } from '../context.js'

/** A person is opening a page: GET or HEAD, text/html named, and nothing says that it is a part of another page. */
export function isPageNavigation(ctx: Context): boolean {
  const opensAPage = (ctx.method === 'GET' || ctx.method === 'HEAD') && ctx.get('Accept').includes('text/html')
  return opensAPage && mayStartSignIn(ctx)
}

/**
 * No sign-in starts for a prefetch, an image, a frame or a script: only for what a person opened (Fetch Metadata). An
 * absent header never refuses, because older browsers send none; a navigation from another site is fine.
 */
export function mayStartSignIn(ctx: Context): boolean {
  const mode = ctx.get('Sec-Fetch-Mode')
  const destination = ctx.get('Sec-Fetch-Dest')
  const purpose = `${ctx.get('Sec-Purpose')} ${ctx.get('Purpose')} ${ctx.get('X-Moz')}`
  return (
    (mode === '' || mode === 'navigate') &&
    (destination === '' || destination === 'document') &&
    !/prefetch|prerender|preview/i.test(purpose)
  )
}
