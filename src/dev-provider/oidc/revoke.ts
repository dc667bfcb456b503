import type { Middleware } from 'koa'
import { revocationEndpoint } from '../oauth2/revoke.js'
import type { OidcDeps } from './deps.js'

/** POST: an access token ends alone; with a refresh token the whole sign-in does, access tokens too (RFC 7009, 2.1). */
export const revokeOidcTokens = (deps: OidcDeps): Middleware =>
  revocationEndpoint(
    deps,
    (token, clientId) => deps.sessions.revoke(token, clientId) ?? deps.grants.revokeToken(token, clientId),
  )
