import type { Middleware } from '../context.js'
import type { Deps } from '../deps.js'

/** The process is up. */
export const live =
  ({ respond }: Deps): Middleware =>
  ctx =>
    respond.json(ctx, { status: 'live' })

/** The database answers, its migrations are in place, and it can be written. */
export const ready =
  ({ checkReady, respond }: Deps): Middleware =>
  async ctx => {
    await checkReady()
    respond.json(ctx, { status: 'ready' })
  }
