import type { Middleware } from '../context.js'
import type { WebDeps } from '../deps.js'
import { methodNotAllowed } from '../errors/http-error.js'

/** Without the router, so that other requests are not matched twice. */
export function health({ checkReady, respond }: Pick<WebDeps, 'checkReady' | 'respond'>, basePath: string): Middleware {
  /** The process is up. */
  const live: Middleware = ctx => respond.json(ctx, { status: 'live' })
  /** The database responds, its migrations are in place, and it can be written. */
  const ready: Middleware = async ctx => {
    await checkReady()
    respond.json(ctx, { status: 'ready' })
  }
  const handlers = new Map([
    [`${basePath}/health/live`, live],
    [`${basePath}/health/ready`, ready],
  ])
  return (ctx, next) => {
    const handler = handlers.get(ctx.path)
    if (!handler) return next()
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return handler(ctx, next)
    throw methodNotAllowed(['HEAD', 'GET'])
  }
}
