import type { AuthorizePage } from '../authorize-page.js'
import type { Client } from '../clients.js'
import { type Grants, randomSecret } from '../grants.js'
import type { Pages } from '../pages.js'
import { sendAuthorizationResponse } from '../responses.js'
import {
  AUTHENTICATION_PARAMETERS,
  type AuthenticationRequest,
  readAuthenticationRequest,
} from './authentication-request.js'
import { OIDC_FAULT_GROUPS, type OidcFault } from './faults.js'
import type { OidcGrant } from './sessions.js'

interface AuthorizeDeps {
  issuer: string
  appOrigin: string
  clients: readonly Client[]
  grants: Grants<OidcGrant>
  pages: Pages
  /** Milliseconds. */
  now: () => number
}

/** The page where the user is chosen. It redirects with a code and our issuer (RFC 9207). */
export function oidcAuthorizePage(deps: AuthorizeDeps): AuthorizePage<AuthenticationRequest, OidcFault> {
  return {
    path: '/oidc/authorize',
    faultGroups: OIDC_FAULT_GROUPS,
    carried: AUTHENTICATION_PARAMETERS,
    readRequest: params => readAuthenticationRequest(params, deps),
    redirect(ctx, { client, redirectUri, mode, state, ...request }, user, fault) {
      const signIn = { authTime: deps.now(), sid: randomSecret() }
      const grant = { ...request, ...signIn, clientId: client.clientId, redirectUri, user, fault }
      const right = { code: deps.grants.issueCode(grant), state, iss: deps.issuer }
      sendAuthorizationResponse(ctx, deps.pages, redirectUri, fault?.callback?.(right) ?? right, mode)
    },
  }
}
