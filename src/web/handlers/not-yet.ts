import type { Handler } from '../context.js'
import { WebRefusal } from '../web-refusal.js'

/** An address that the contract names, and that does nothing so far. */
export const notYet: Handler = ctx => {
  throw new WebRefusal('not_found', `${ctx.path} is not available yet`, { text: 'This page is not available yet.' })
}
