import type { Middleware } from 'koa'
import { forBearer, sendJson } from '../../api.js'
import { describePerson } from '../../oidc/claims.js'
import type { OidcDeps } from '../../oidc/deps.js'

/** GET or POST: the person, as far as the scope goes (OpenID Connect Core 1.0, 5.3). */
export const showUserinfo = (deps: OidcDeps): Middleware =>
  forBearer(deps, (ctx, { person, scope, fault }) =>
    sendJson(ctx, JSON.stringify(describePerson(fault?.userinfoOf?.(person) ?? person, scope))),
  )
