import type { Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { WebRefusal } from '../web-refusal.js'
import { requireUser } from './require-user.js'

/** Lets people with a role pass. Whoever is not signed in goes the way of `requireUser`; anybody else is refused. */
export function requireRole(deps: Deps, role: string): Handler {
  const leadToSignIn = requireUser(deps)
  return async (ctx, next) => {
    const { user, session } = ctx.state
    if (!user || !session) return leadToSignIn(ctx, next)
    if (session.roles.includes(role)) return next()
    throw new WebRefusal('forbidden', `The user ${user.id} has not the role ${role}`)
  }
}
