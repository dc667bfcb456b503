import type { Middleware } from 'koa'
import type { Client } from '../clients.js'
import { PageError } from '../errors.js'
import { randomSecret } from '../grants.js'
import type { Pages, ProtocolLink } from '../pages.js'
import { type RequestParams, readFormParams, readParams } from '../params.js'
import { checkRedirectUri, redirectToApp } from '../responses.js'
import {
  describeUserChoice,
  readChosenFault,
  readChosenUser,
  rememberFault,
  type ShowAuthorizePage,
  showAgainIfInvalid,
} from '../user-choice.js'
import type { CredentialStore, IssuedTemporaryCredentials } from './credentials.js'
import { OAUTH1_FAULT_GROUPS, OAUTH1_FAULTS, type OAuth1Fault } from './faults.js'

export const OAUTH1_AUTHORIZE_PATH = '/oauth1/authorize'

interface AuthorizeDeps {
  appOrigin: string
  clients: readonly Client[]
  protocols: readonly ProtocolLink[]
  credentials: CredentialStore
  /** Faults for a client's next request for temporary credentials, by client id. */
  pendingFaults: Map<string, OAuth1Fault>
  pages: Pages
}

const showPage =
  (deps: AuthorizeDeps): ShowAuthorizePage =>
  (ctx, params, problem) => {
    const { client } = readTemporary(params, deps)
    const page = { action: OAUTH1_AUTHORIZE_PATH, faultGroups: OAUTH1_FAULT_GROUPS, protocols: deps.protocols }
    const options = { client: client.name, scopes: [], ...page }
    deps.pages.choose(ctx, describeUserChoice(ctx, options, { params, carried: ['oauth_token'], problem }))
  }

/** GET: the page where the user is chosen, and the fault (RFC 5849, 2.2). */
export const showOAuth1AuthorizePage =
  (deps: AuthorizeDeps): Middleware =>
  ctx =>
    showPage(deps)(ctx, readParams(ctx.querystring))

/** POST: redirects to the app with a verifier, or with the response of the fault. */
export const authorizeOAuth1 = (deps: AuthorizeDeps): Middleware =>
  showAgainIfInvalid(showPage(deps), async ctx => {
    const params = await readFormParams(ctx)
    const { client, temporary } = readTemporary(params, deps)
    const user = readChosenUser(params)
    const fault = readChosenFault(params, OAUTH1_FAULTS)
    rememberFault(ctx, fault, user)
    const verifier = randomSecret()
    temporary.decision = { user, fault, verifier }
    const again = fault?.temporary && checkRedirectUri(client.loginUrl, deps.appOrigin)
    if (again) {
      deps.pendingFaults.set(client.clientId, fault)
      return redirectToApp(ctx, again, {})
    }
    const right = { oauth_token: temporary.token, oauth_verifier: verifier }
    redirectToApp(ctx, temporary.callback, fault?.callback?.(right) ?? right)
  })

/** @throws PageError for a token whose sign-in does not wait for a decision (any more) */
function readTemporary(
  params: RequestParams,
  { credentials, clients }: AuthorizeDeps,
): { client: Client; temporary: IssuedTemporaryCredentials } {
  const temporary = credentials.findTemporary(params.get('oauth_token') ?? '')
  const client = clients.find(
    ({ clientId, redirectUris }) => clientId === temporary?.clientId && redirectUris.includes(temporary.callback),
  )
  if (client && temporary && !temporary.decision) return { client, temporary }
  throw new PageError(
    400,
    'This sign-in is not known here',
    'oauth_token names no sign-in that waits for you. Go back to the app and begin once more.',
  )
}
