import type { Handler } from '../context.js'
import { WebRefusal } from '../web-refusal.js'

/** The router answers HEAD with the GET handler. Where GET does something, HEAD is refused: link scanners send it. */
export const getOnly: Handler = (ctx, next) => {
  if (ctx.method === 'HEAD')
    throw new WebRefusal('method_not_allowed', 'HEAD changes nothing', { headers: { Allow: 'GET' } })
  return next()
}
