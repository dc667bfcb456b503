import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'

/** The signed-in user, for scripts of our own pages. */
export const apiSession =
  ({ respond }: WebDeps): Handler =>
  ctx => {
    const { user, session } = ctx.state
    if (!user || !session) return respond.json(ctx, { signed_in: false })
    const { id, name, login, email, emailVerified, picture } = user
    respond.json(ctx, {
      signed_in: true,
      user: { id, name, login, email, email_verified: emailVerified, picture, roles: session.roles },
      provider: session.provider,
      expires_at: new Date(session.expiresAt).toISOString(),
    })
  }
