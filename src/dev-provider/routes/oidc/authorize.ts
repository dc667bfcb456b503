import type { Middleware } from 'koa'
import {
  describeUserChoice,
  readFault,
  readUser,
  rememberFault,
  type ShowAuthorizePage,
  withRetry,
} from '../../choice.js'
import { randomToken } from '../../grants.js'
import { AUTHENTICATION_PARAMETERS, readAuthentication } from '../../oidc/authentication.js'
import type { OidcDeps } from '../../oidc/deps.js'
import { OIDC_FAULT_GROUPS, OIDC_FAULTS } from '../../oidc/faults.js'
import { readForm, readParams } from '../../params.js'
import { sendAuthorizationResponse } from '../../redirect.js'

export const OIDC_AUTHORIZE_PATH = '/oidc/authorize'

const showPage =
  (deps: OidcDeps): ShowAuthorizePage =>
  (ctx, params, problem) => {
    const { client, scope } = readAuthentication(params, deps)
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
  withRetry(showPage(deps), async ctx => {
    const params = await readForm(ctx)
    const { client, redirectUri, mode, state, ...request } = readAuthentication(params, deps)
    const user = readUser(params)
    const fault = readFault(params, OIDC_FAULTS)
    rememberFault(ctx, fault, user)
    const moment = { authTime: deps.now(), sid: randomToken() }
    const grant = { ...request, ...moment, clientId: client.clientId, redirectUri, user, fault }
    const right = { code: deps.grants.issueCode(grant), state, iss: deps.issuer }
    sendAuthorizationResponse(ctx, deps.pages, redirectUri, fault?.callback?.(right) ?? right, mode)
  })
