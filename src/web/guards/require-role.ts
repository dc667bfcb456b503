import type { Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { requireUser } from './require-user.js'

/** Lets people with a role pass. Whoever is not signed in goes the way of `requireUser`; anybody else is refused. */
export function requireRole(deps: WebDeps, role: string): Handler {
  const requireSignIn = requireUser(deps)
  return async (ctx, next) => {
    const { user, session } = ctx.state
    if (!user || !session) return requireSignIn(ctx, next)
    if (session.roles.includes(role)) return next()
    throw new HttpError('forbidden', `The user ${user.id} has not the role ${role}`)
  }
}
