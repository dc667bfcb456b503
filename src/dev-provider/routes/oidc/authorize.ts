import type { Middleware } from 'koa'
import { type AskWho, describeChoice, orAskAgain, readFault, readUser, rememberFault } from '../../choice.js'
import { randomToken } from '../../grants.js'
import { AUTHENTICATION_PARAMETERS, readAuthentication } from '../../oidc/authentication.js'
import type { OidcDeps } from '../../oidc/deps.js'
import { OIDC_FAULT_GROUPS, OIDC_FAULTS } from '../../oidc/faults.js'
import { readForm, readParams } from '../../params.js'
import { sendAuthorizationResponse } from '../../redirect.js'

export const OIDC_AUTHORIZE_PATH = '/oidc/authorize'

const ask =
  (deps: OidcDeps): AskWho =>
  (ctx, params, problem) => {
    const { client, scope } = readAuthentication(params, deps)
    const page = { action: OIDC_AUTHORIZE_PATH, faultGroups: OIDC_FAULT_GROUPS, protocols: deps.protocols }
    const asking = { client: client.name, scopes: scope, ...page }
    deps.pages.choose(ctx, describeChoice(ctx, asking, { params, carried: AUTHENTICATION_PARAMETERS, problem }))
  }

/** GET: the page where you choose who you are and what goes wrong. */
export const askWhoByOidc =
  (deps: OidcDeps): Middleware =>
  ctx =>
    ask(deps)(ctx, readParams(ctx.querystring))

/** POST: back to the app with a code and our name (RFC 9207), or with what was chosen to go wrong. */
export const decideByOidc = (deps: OidcDeps): Middleware =>
  orAskAgain(ask(deps), async ctx => {
    const params = await readForm(ctx)
    const { client, redirectUri, mode, state, ...asked } = readAuthentication(params, deps)
    const user = readUser(params)
    const fault = readFault(params, OIDC_FAULTS)
    rememberFault(ctx, fault, user)
    const moment = { authTime: deps.now(), sid: randomToken() }
    const grant = { ...asked, ...moment, clientId: client.clientId, redirectUri, user, fault }
    const right = { code: deps.grants.issueCode(grant), state, iss: deps.issuer }
    sendAuthorizationResponse(ctx, deps.pages, redirectUri, fault?.callback?.(right) ?? right, mode)
  })
