import type { Handler } from '../context.js'
import { HttpError } from '../errors/http-error.js'

/** The router answers HEAD with the GET handler. Where GET does something, HEAD is refused: link scanners send it. */
export const getOnly: Handler = (ctx, next) => {
  if (ctx.method === 'HEAD')
    throw new HttpError('method_not_allowed', 'HEAD changes nothing', { headers: { Allow: 'GET' } })
  return next()
}
