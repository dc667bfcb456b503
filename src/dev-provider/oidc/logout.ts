import type { Context, Middleware } from 'koa'
import type { Client } from '../clients.js'
import { PageError } from '../errors.js'
import { randomSecret } from '../grants.js'
import type { Pages } from '../pages.js'
import { type RequestParams, readFormParams, readParams } from '../params.js'
import { checkRedirectUri, encodeFields, type RedirectUri, redirectToApp } from '../responses.js'
import { logoutTokenClaims } from './claims.js'
import type { Sign } from './faults.js'
import type { OidcGrant, OidcSessions } from './sessions.js'
import { type RsaKeys, signRs256 } from './signing.js'

export const CONFIRM_LOGOUT_PATH = '/oidc/logout/confirm'

const LOGOUT_PARAMETERS = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state']

/** Posts a form to the app and returns the status of its response; throws if no response comes. */
export type PostForm = (url: string, form: string) => Promise<number>

interface LogoutDeps {
  issuer: string
  appOrigin: string
  clients: readonly Client[]
  sessions: OidcSessions
  keys: RsaKeys
  pages: Pages
  post: PostForm
  /** Milliseconds. */
  now: () => number
}

/** A valid request to sign out (OpenID Connect RP-Initiated Logout 1.0, 2). */
interface LogoutRequest {
  /** The sign-in to end; undefined without a hint, since there are no session cookies here. */
  grant: OidcGrant | undefined
  redirectUri: RedirectUri | undefined
  state: string | undefined
}

/** GET or POST: the page that asks whether to sign out here too. */
export const showLogoutPage =
  (deps: LogoutDeps): Middleware =>
  async ctx => {
    const params = ctx.method === 'POST' ? await readFormParams(ctx) : readParams(ctx.querystring)
    const { grant } = readLogoutRequest(params, deps)
    const who = grant ? `You signed in as ${grant.user.login}.` : 'The app did not say who you are.'
    deps.pages.step(ctx, {
      heading: 'Sign out here too?',
      text: `${who} The app has ended its own session already, or is about to.`,
      action: CONFIRM_LOGOUT_PATH,
      hidden: LOGOUT_PARAMETERS.flatMap(name => ({ name, value: params.get(name) ?? '' })).filter(({ value }) => value),
      button: 'Sign out',
    })
  }

/** POST: ends the sign-in, sends the app a logout token, and redirects to where the app wants the user. */
export const completeLogout =
  (deps: LogoutDeps): Middleware =>
  async ctx => {
    const { grant, redirectUri, state } = readLogoutRequest(await readFormParams(ctx), deps)
    if (grant) {
      deps.sessions.end(grant.sid)
      await sendLogoutTokens(ctx, grant, deps)
    }
    if (redirectUri) return redirectToApp(ctx, redirectUri, { state })
    deps.pages.notice(ctx, { heading: 'You are signed out', text: 'You may close this page.', detail: null })
  }

/** @throws PageError for a hint that is not ours and an address that is not registered */
function readLogoutRequest(params: RequestParams, { sessions, clients, appOrigin }: LogoutDeps): LogoutRequest {
  const hint = params.get('id_token_hint')
  const grant = hint === undefined ? undefined : sessions.findByIdToken(hint)
  if (hint !== undefined && !grant) throw logoutError('id_token_hint is no ID token that was issued here.')
  const clientId = params.get('client_id') ?? grant?.clientId
  if (grant && clientId !== grant.clientId) throw logoutError('client_id is not the app that the ID token is for.')

  const postLogoutUri = params.get('post_logout_redirect_uri')
  const registered = clients.filter(client => client.clientId === clientId)
  const known = registered.some(({ postLogoutRedirectUris = [] }) =>
    postLogoutRedirectUris.includes(postLogoutUri ?? ''),
  )
  const redirectUri = postLogoutUri !== undefined && known ? checkRedirectUri(postLogoutUri, appOrigin) : undefined
  if (postLogoutUri !== undefined && !redirectUri)
    throw logoutError('post_logout_redirect_uri is not one that this app registered.')
  return { grant, redirectUri, state: params.get('state') }
}

const logoutError = (text: string) => new PageError(400, 'You cannot sign out this way', `${text} Nothing has changed.`)

/** OpenID Connect Back-Channel Logout 1.0, 2.5. An app that does not respond does not prevent the sign-out. */
async function sendLogoutTokens(ctx: Context, grant: OidcGrant, deps: LogoutDeps): Promise<void> {
  const receivers = deps.clients.filter(
    ({ clientId, backchannelLogoutUri }) => backchannelLogoutUri && clientId === grant.clientId,
  )
  for (const { backchannelLogoutUri = '' } of receivers) {
    const logout_token = await makeLogoutToken(grant, deps)
    try {
      const status = await deps.post(backchannelLogoutUri, encodeFields({ logout_token }))
      if (status !== 200 && status !== 204) throw new Error(`Back-channel logout: the app responded with ${status}`)
    } catch (error) {
      ctx.app.emit('error', error, ctx)
    }
  }
}

async function makeLogoutToken(grant: OidcGrant, { issuer, keys, now }: LogoutDeps): Promise<string> {
  const { fault } = grant
  const right = logoutTokenClaims(grant, { issuer, now: now() }, randomSecret())
  const sign = fault?.signLogout ?? signLogoutToken
  return sign(fault?.logoutClaims?.(right) ?? right, { keys, clientSecret: undefined })
}

/** Its own type, so that it cannot be used as an ID token (Back-Channel Logout 1.0, 2.4). */
const signLogoutToken: Sign = async (claims, { keys }) => signRs256(claims, await keys.newest(), 'logout+jwt')
