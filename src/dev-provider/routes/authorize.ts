import type { Middleware } from 'koa'
import { AUTHORIZATION_PARAMETERS, readAuthorization } from '../authorization.js'
import { describeUserChoice, readFault, readUser, rememberFault, type ShowAuthorizePage, withRetry } from '../choice.js'
import type { Client } from '../clients.js'
import type { CodeFlaw } from '../faults.js'
import { FAULT_GROUPS, FAULTS } from '../faults.js'
import type { Grants } from '../grants.js'
import type { Pages } from '../pages.js'
import { readForm, readParams } from '../params.js'
import type { ProtocolLink } from '../protocols.js'
import { redirectToApp } from '../redirect.js'

interface Deps {
  appOrigin: string
  protocols: readonly ProtocolLink[]
  clients: readonly Client[]
  grants: Grants
  pages: Pages
}

export const AUTHORIZE_PATH = '/login/oauth/authorize'

const showPage =
  ({ appOrigin, clients, protocols, pages }: Deps): ShowAuthorizePage =>
  (ctx, params, problem) => {
    const { client, scope } = readAuthorization(params, clients, appOrigin)
    const options = { client: client.name, scopes: scope, action: AUTHORIZE_PATH, faultGroups: FAULT_GROUPS, protocols }
    pages.choose(ctx, describeUserChoice(ctx, options, { params, carried: AUTHORIZATION_PARAMETERS, problem }))
  }

/** GET: the page where the user is chosen, and the fault. */
export const showAuthorizePage =
  (deps: Deps): Middleware =>
  ctx =>
    showPage(deps)(ctx, readParams(ctx.querystring))

/** POST: redirects to the app with a code, or with the response of the fault. */
export const authorize = (deps: Deps): Middleware =>
  withRetry(showPage(deps), async ctx => {
    const { appOrigin, clients, grants } = deps
    const params = await readForm(ctx)
    const { client, redirectUri, state, scope, codeChallenge } = readAuthorization(params, clients, appOrigin)
    const user = readUser(params)
    const fault = readFault(params, FAULTS)
    rememberFault(ctx, fault, user)
    const grant = { clientId: client.clientId, redirectUri, codeChallenge, scope, user, fault }
    const issueCode = (flaw?: CodeFlaw) => grants.issueCode(grant, flaw)
    redirectToApp(ctx, redirectUri, fault?.callback?.({ state, issueCode }) ?? { code: issueCode(), state })
  })
