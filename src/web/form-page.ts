import type { Router } from '@koa/router'
import type { SafePath } from '../accounts/accounts.js'
import type { Context } from './context.js'
import type { WebDeps } from './deps.js'

/**
 * The page that a form was sent from: what the browser says of it, or else the nearest page above the form's own path,
 * because `Referrer-Policy: no-referrer` makes browsers say nothing for the pages of this app.
 */
export function pageOfForm({ publicUrl, returnPaths }: WebDeps, ctx: Context): SafePath {
  const referrer = ctx.get('Referer')
  const own = referrer.startsWith(`${publicUrl}/`) ? returnPaths.read(referrer.slice(publicUrl.length)) : undefined
  if (own) return own
  const router: Router | undefined = ctx.router
  const pages = pathsAbove(ctx.path).filter(path => router?.match(path, 'GET').route)
  return pages.map(path => returnPaths.read(path)).find(path => path !== undefined) ?? returnPaths.home
}

/** `/a/b/c`: `/a/b/c`, `/a/b`, `/a`. */
function pathsAbove(path: string): string[] {
  const segments = path.split('/').filter(Boolean)
  return segments.map((_, index) => `/${segments.slice(0, segments.length - index).join('/')}`)
}
