import type { Middleware } from '../context.js'
import type { WebDeps } from '../deps.js'

/** The process is up. */
export const live =
  ({ respond }: Pick<WebDeps, 'respond'>): Middleware =>
  ctx =>
    respond.json(ctx, { status: 'live' })

/** The database responds, its migrations are in place, and it can be written. */
export const ready =
  ({ checkReady, respond }: Pick<WebDeps, 'checkReady' | 'respond'>): Middleware =>
  async ctx => {
    await checkReady()
    respond.json(ctx, { status: 'ready' })
  }
