import type { Log } from '../../ops/log.js'
import type { Context, Middleware } from '../context.js'
import { causeFields } from '../errors/cause.js'

/** One line for each request, without the query, which may contain a code. */
export function requestLog(log: Log): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now()
    await next()
    log[levelOf(ctx.status)](logFields(ctx, performance.now() - startedAt), `${ctx.method} ${ctx.path} ${ctx.status}`)
  }
}

function logFields(ctx: Context, milliseconds: number) {
  const { requestId, userId, error } = ctx.state
  return {
    request: { id: requestId, method: ctx.method, path: ctx.path },
    status: ctx.status,
    ms: Math.round(milliseconds * 10) / 10,
    ...(userId && { user: userId }),
    ...(error && { error: error.code, ...(error.cause && causeFields(error.cause)) }),
  }
}

const levelOf = (status: number) => (status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info')
