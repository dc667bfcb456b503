import type { Middleware } from 'koa'
import { forBearer, sendJson } from '../oauth2/api.js'
import { userClaims } from './claims.js'
import type { OidcDeps } from './deps.js'

/** GET or POST: the claims of the user, as far as the scope goes (OpenID Connect Core 1.0, 5.3). */
export const showUserinfo = (deps: OidcDeps): Middleware =>
  forBearer(deps, (ctx, { user, scope, fault }) =>
    sendJson(ctx, JSON.stringify(userClaims(fault?.userinfoOf?.(user) ?? user, scope))),
  )
