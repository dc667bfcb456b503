import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { moment, span } from '../present/time.js'

export const home =
  ({ respond, providerLabels, sessionLimits, now }: Deps): Handler =>
  ctx => {
    const { session } = ctx.state
    if (!session) return
    const ends = `${moment(session.expiresAt, now()).text}, or after ${span(sessionLimits.idle)} away`
    const provider = providerLabels.get(session.provider) ?? session.provider
    return respond.page(ctx, 'home', { session: { provider, since: moment(session.createdAt, now()), ends } })
  }
