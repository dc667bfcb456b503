import type { Middleware } from 'koa'
import { randomSecret } from '../grants.js'
import { readFormParams, readParams } from '../params.js'
import { sendAuthorizationResponse } from '../redirect.js'
import {
  describeUserChoice,
  readChosenFault,
  readChosenUser,
  rememberFault,
  type ShowAuthorizePage,
  showAgainIfInvalid,
} from '../user-choice.js'
import { AUTHENTICATION_PARAMETERS, readAuthenticationRequest } from './authentication-request.js'
import type { OidcDeps } from './deps.js'
import { OIDC_FAULT_GROUPS, OIDC_FAULTS } from './faults.js'

export const OIDC_AUTHORIZE_PATH = '/oidc/authorize'

const showPage =
  (deps: OidcDeps): ShowAuthorizePage =>
  (ctx, params, problem) => {
    const { client, scope } = readAuthenticationRequest(params, deps)
    const page = { action: OIDC_AUTHORIZE_PATH, faultGroups: OIDC_FAULT_GROUPS, protocols: deps.protocols }
    const options = { client: client.name, scopes: scope, ...page }
    deps.pages.choose(ctx, describeUserChoice(ctx, options, { params, carried: AUTHENTICATION_PARAMETERS, problem }))
  }

/** GET: the page where the user is chosen, and the fault. */
export const showOidcAuthorizePage =
  (deps: OidcDeps): Middleware =>
  ctx =>
    showPage(deps)(ctx, readParams(ctx.querystring))

/** POST: redirects to the app with a code and our issuer (RFC 9207), or with the response of the fault. */
export const authorizeOidc = (deps: OidcDeps): Middleware =>
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
