import type { Log } from '../ops/log.js'
import { causeFields } from './cause.js'
import type { Context, Middleware } from './context.js'

/** One line a request. The query never stands in it: it may hold a code. */
export function requestLog(log: Log): Middleware {
  return async (ctx, next) => {
    const begin = performance.now()
    await next()
    log[levelOf(ctx.status)](line(ctx, performance.now() - begin), `${ctx.method} ${ctx.path} ${ctx.status}`)
  }
}

function line(ctx: Context, milliseconds: number) {
  const { requestId, userId, refusal } = ctx.state
  return {
    request: { id: requestId, method: ctx.method, path: ctx.path },
    status: ctx.status,
    ms: Math.round(milliseconds * 10) / 10,
    ...(userId && { user: userId }),
    ...(refusal && { error: refusal.code, ...(refusal.cause && causeFields(refusal.cause)) }),
  }
}

const levelOf = (status: number) => (status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info')
