import type { Handler } from '../context.js'
import { HttpError } from '../errors/http-error.js'
import { isPrefetch } from '../request-info.js'

/** The router answers HEAD with the GET handler. Where GET does something, HEAD is rejected: link scanners send it. */
export const getOnly: Handler = (ctx, next) => {
  if (ctx.method === 'HEAD')
    throw new HttpError('method_not_allowed', 'HEAD changes nothing', { headers: { Allow: 'GET' } })
  return next()
}

/** Where a GET changes something, a prefetch is rejected before anything is looked up or used. */
export const rejectPrefetch: Handler = (ctx, next) => {
  if (isPrefetch(ctx)) throw new HttpError('sign_in_required', 'A prefetch cannot finish a sign-in')
  return next()
}
