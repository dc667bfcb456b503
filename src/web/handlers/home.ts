import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { durationText, relativeTime } from '../present/relative-time.js'

export const home =
  ({ respond, providers, sessionLimits, now }: WebDeps): Handler =>
  ctx => {
    const { session } = ctx.state
    if (!session) return
    const ends = `${relativeTime(session.expiresAt, now()).text}, or after ${durationText(sessionLimits.idle)} away`
    const provider = providers.get(session.provider)?.label ?? session.provider
    return respond.page(ctx, 'home', { session: { provider, since: relativeTime(session.createdAt, now()), ends } })
  }
