import type { Middleware } from 'koa'
import type { Client } from '../clients.js'
import type { Grants } from '../grants.js'
import type { Pages, ProtocolLink } from '../pages.js'
import { readFormParams, readParams } from '../params.js'
import { redirectToApp } from '../responses.js'
import {
  describeUserChoice,
  readChosenFault,
  readChosenUser,
  rememberFault,
  type ShowAuthorizePage,
  showAgainIfInvalid,
} from '../user-choice.js'
import { AUTHORIZATION_PARAMETERS, readAuthorizationRequest } from './authorization-request.js'
import type { CodeFlaw } from './faults.js'
import { OAUTH2_FAULT_GROUPS, OAUTH2_FAULTS } from './faults.js'

interface AuthorizeDeps {
  appOrigin: string
  protocols: readonly ProtocolLink[]
  clients: readonly Client[]
  grants: Grants
  pages: Pages
}

export const OAUTH2_AUTHORIZE_PATH = '/login/oauth/authorize'

const showPage =
  ({ appOrigin, clients, protocols, pages }: AuthorizeDeps): ShowAuthorizePage =>
  (ctx, params, problem) => {
    const { client, scope } = readAuthorizationRequest(params, clients, appOrigin)
    const options = {
      client: client.name,
      scopes: scope,
      action: OAUTH2_AUTHORIZE_PATH,
      faultGroups: OAUTH2_FAULT_GROUPS,
      protocols,
    }
    pages.choose(ctx, describeUserChoice(ctx, options, { params, carried: AUTHORIZATION_PARAMETERS, problem }))
  }

/** GET: the page where the user is chosen, and the fault. */
export const showOAuth2AuthorizePage =
  (deps: AuthorizeDeps): Middleware =>
  ctx =>
    showPage(deps)(ctx, readParams(ctx.querystring))

/** POST: redirects to the app with a code, or with the response of the fault. */
export const authorizeOAuth2 = (deps: AuthorizeDeps): Middleware =>
  showAgainIfInvalid(showPage(deps), async ctx => {
    const { appOrigin, clients, grants } = deps
    const params = await readFormParams(ctx)
    const { client, redirectUri, state, scope, codeChallenge } = readAuthorizationRequest(params, clients, appOrigin)
    const user = readChosenUser(params)
    const fault = readChosenFault(params, OAUTH2_FAULTS)
    rememberFault(ctx, fault, user)
    const grant = { clientId: client.clientId, redirectUri, codeChallenge, scope, user, fault }
    const issueCode = (flaw?: CodeFlaw) => grants.issueCode(grant, flaw)
    redirectToApp(ctx, redirectUri, fault?.callback?.({ state, issueCode }) ?? { code: issueCode(), state })
  })
