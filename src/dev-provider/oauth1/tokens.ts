import type { Middleware } from 'koa'
import type { FaultInjector } from '../fault-injection.js'
import { checkRedirectUri, type RedirectUri, sendForm } from '../responses.js'
import type { CredentialStore, UserDecision } from './credentials.js'
import type { OAuth1Fault } from './faults.js'
import {
  handleSigned,
  OAuth1Problem,
  readSignedRequest,
  type SignedRequest,
  type SignedRequestDeps,
} from './signed-request.js'

interface AccessTokenDeps extends SignedRequestDeps {
  credentials: CredentialStore
  faultInjector: FaultInjector
}

/** POST: the verifier and the temporary credentials become token credentials (RFC 5849, 2.3). */
export const issueOAuth1Token = (deps: AccessTokenDeps): Middleware =>
  handleSigned(async ctx => {
    const { credentials, faultInjector } = deps
    const find = (token = '') => credentials.findTemporary(token)
    const { get } = await readSignedRequest(ctx, deps, (token, clientId) => {
      const found = find(token)
      return found?.clientId === clientId ? found.secret : undefined
    })
    const temporary = find(get('oauth_token'))
    if (!temporary) throw new OAuth1Problem('token_rejected')
    // Before the verifier is checked, so that it can be guessed once only.
    temporary.spent = true
    const { decision } = temporary
    if (!decision) throw new OAuth1Problem('permission_unknown')
    requireVerifier(get('oauth_verifier'), decision)

    const access = credentials.issueTokenCredentials(temporary, decision)
    const { user, fault } = decision
    const token = { oauth_token: access.token, oauth_token_secret: access.secret }
    const right = { ...token, user_id: String(user.id), screen_name: user.login }
    await faultInjector.inject(ctx, fault?.tokenResponse, () => sendForm(ctx, fault?.token?.(right) ?? right))
  })

function requireVerifier(value: string | undefined, { verifier }: UserDecision): void {
  if (value === undefined) throw new OAuth1Problem('parameter_absent', { oauth_parameters_absent: 'oauth_verifier' })
  if (value !== verifier) throw new OAuth1Problem('verifier_invalid')
}

interface RequestTokenDeps extends SignedRequestDeps {
  appOrigin: string
  credentials: CredentialStore
  /** Faults for a client's next request for temporary credentials, by client id. */
  pendingFaults: Map<string, OAuth1Fault>
}

/** POST: temporary credentials, for a callback that is registered (RFC 5849, 2.1). */
export const issueTemporaryCredentials = (deps: RequestTokenDeps): Middleware =>
  handleSigned(async ctx => {
    const noToken = (token: string | undefined) => (token === undefined ? '' : undefined)
    const request = await readSignedRequest(ctx, deps, noToken)
    const { clientId } = request.client
    const { token, secret } = deps.credentials.issueTemporary(clientId, readCallback(request, deps))
    const right = { oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: 'true' }
    const fault = deps.pendingFaults.get(clientId)
    deps.pendingFaults.delete(clientId)
    sendForm(ctx, fault?.temporary?.(right) ?? right)
  })

function readCallback({ client, get }: SignedRequest, { clients, appOrigin }: RequestTokenDeps): RedirectUri {
  const value = get('oauth_callback')
  if (value === undefined) throw new OAuth1Problem('parameter_absent', { oauth_parameters_absent: 'oauth_callback' })
  const registered = clients.filter(({ clientId }) => clientId === client.clientId)
  const known = registered.some(({ redirectUris }) => redirectUris.includes(value))
  const callback = known ? checkRedirectUri(value, appOrigin) : undefined
  if (callback) return callback
  throw new OAuth1Problem('parameter_rejected', { oauth_parameters_rejected: 'oauth_callback' })
}
