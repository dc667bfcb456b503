import type { Log } from '../ops/log.js'
import type { Cause } from './cause.js'
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
    ...(refusal && { error: refusal.code, ...causeFields(refusal.cause) }),
  }
}

/** A refusal says why in one sentence; only a fault in the code needs its stack. */
function causeFields(cause: Cause | undefined) {
  if (!cause) return {}
  const { text, stack, failure } = cause
  const { step, url, status, oauthError } = failure
  return {
    cause: stack ?? text,
    ...(step && { step }),
    ...(url && { url }),
    ...(status && { providerStatus: status }),
    ...(oauthError && { providerError: oauthError }),
  }
}

const levelOf = (status: number) => (status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info')
