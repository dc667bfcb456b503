import type { Router } from '@koa/router'
import type { Log } from '../ops/log.js'
import type { Middleware } from './context.js'

/**
 * For requests that no route takes: logs, once, that paths of ours come without BASE_PATH, because the page can only
 * say that there is nothing here.
 */
export function warnOfStrippedPaths(router: Pick<Router, 'match'>, basePath: string, log: Log): Middleware {
  let wasLogged = basePath === ''
  return (ctx, next) => {
    if (!wasLogged && router.match(basePath + ctx.path, ctx.method).route) {
      wasLogged = true
      log.warn({ path: ctx.path }, `Paths arrive without BASE_PATH=${basePath}: does the proxy take it off?`)
    }
    return next()
  }
}
