import type { Middleware } from 'koa'
import type { Client } from '../clients.js'
import type { Grants } from '../grants.js'
import { randomSecret } from '../grants.js'
import type { Pages, ProtocolLink } from '../pages.js'
import { readFormParams, readParams } from '../params.js'
import { sendAuthorizationResponse } from '../responses.js'
import {
  describeUserChoice,
  readChosenFault,
  readChosenUser,
  rememberFault,
  type ShowAuthorizePage,
  showAgainIfInvalid,
} from '../user-choice.js'
import { AUTHENTICATION_PARAMETERS, readAuthenticationRequest } from './authentication-request.js'
import { OIDC_FAULT_GROUPS, OIDC_FAULTS } from './faults.js'
import type { OidcGrant } from './sessions.js'

export const OIDC_AUTHORIZE_PATH = '/oidc/authorize'

interface AuthorizeDeps {
  issuer: string
  appOrigin: string
  clients: readonly Client[]
  protocols: readonly ProtocolLink[]
  grants: Grants<OidcGrant>
  pages: Pages
  /** Milliseconds. */
  now: () => number
}

const showPage =
  (deps: AuthorizeDeps): ShowAuthorizePage =>
  (ctx, params, problem) => {
    const { client, scope } = readAuthenticationRequest(params, deps)
    const page = { action: OIDC_AUTHORIZE_PATH, faultGroups: OIDC_FAULT_GROUPS, protocols: deps.protocols }
    const options = { client: client.name, scopes: scope, ...page }
    deps.pages.choose(ctx, describeUserChoice(ctx, options, { params, carried: AUTHENTICATION_PARAMETERS, problem }))
  }

/** GET: the page where the user is chosen, and the fault. */
export const showOidcAuthorizePage =
  (deps: AuthorizeDeps): Middleware =>
  ctx =>
    showPage(deps)(ctx, readParams(ctx.querystring))

/** POST: redirects to the app with a code and our issuer (RFC 9207), or with the response of the fault. */
export const authorizeOidc = (deps: AuthorizeDeps): Middleware =>
  showAgainIfInvalid(showPage(deps), async ctx => {
    const params = await readFormParams(ctx)
    const { client, redirectUri, mode, state, ...request } = readAuthenticationRequest(params, deps)
    const user = readChosenUser(params)
    const fault = readChosenFault(params, OIDC_FAULTS)
    rememberFault(ctx, fault, user)
    const signIn = { authTime: deps.now(), sid: randomSecret() }
    const grant = { ...request, ...signIn, clientId: client.clientId, redirectUri, user, fault }
    const right = { code: deps.grants.issueCode(grant), state, iss: deps.issuer }
    sendAuthorizationResponse(ctx, deps.pages, redirectUri, fault?.callback?.(right) ?? right, mode)
  })
