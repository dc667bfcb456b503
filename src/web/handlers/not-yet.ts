import type { Handler } from '../context.js'
import { HttpError } from '../errors/http-error.js'

/** An address that the contract names, and that does nothing so far. */
export const notImplemented: Handler = ctx => {
  throw new HttpError('not_found', `${ctx.path} is not available yet`, { text: 'This page is not available yet.' })
}
