import type { AuthorizePage } from '../authorize-page.js'
import type { Client } from '../clients.js'
import type { Grants } from '../grants.js'
import { redirectToApp } from '../responses.js'
import {
  AUTHORIZATION_PARAMETERS,
  type AuthorizationRequest,
  readAuthorizationRequest,
} from './authorization-request.js'
import type { CodeFlaw, OAuth2Fault } from './faults.js'
import { OAUTH2_FAULT_GROUPS } from './faults.js'

interface AuthorizeDeps {
  appOrigin: string
  clients: readonly Client[]
  grants: Grants
}

/** The page where the user is chosen. It redirects with a code. */
export function oauth2AuthorizePage({
  appOrigin,
  clients,
  grants,
}: AuthorizeDeps): AuthorizePage<AuthorizationRequest, OAuth2Fault> {
  return {
    path: '/login/oauth/authorize',
    faultGroups: OAUTH2_FAULT_GROUPS,
    carried: AUTHORIZATION_PARAMETERS,
    readRequest: params => readAuthorizationRequest(params, clients, appOrigin),
    redirect(ctx, { client, redirectUri, state, scope, codeChallenge }, user, fault) {
      const grant = { clientId: client.clientId, redirectUri, codeChallenge, scope, user, fault }
      const issueCode = (flaw?: CodeFlaw) => grants.issueCode(grant, flaw)
      redirectToApp(ctx, redirectUri, fault?.callback?.({ state, issueCode }) ?? { code: issueCode(), state })
    },
  }
}
