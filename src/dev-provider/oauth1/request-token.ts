import type { Middleware } from 'koa'
import { checkRedirectUri, type RedirectUri, sendForm } from '../redirect.js'
import type { OAuth1Deps } from './deps.js'
import { handleSigned, OAuth1Problem } from './problem.js'
import { readSignedRequest, type SignedRequest } from './signed-request.js'

/** POST: temporary credentials, for a callback that is registered (RFC 5849, 2.1). */
export const issueTemporaryCredentials = (deps: OAuth1Deps): Middleware =>
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

function readCallback({ client, get }: SignedRequest, { clients, appOrigin }: OAuth1Deps): RedirectUri {
  const value = get('oauth_callback')
  if (value === undefined) throw new OAuth1Problem('parameter_absent', { oauth_parameters_absent: 'oauth_callback' })
  const registered = clients.filter(({ clientId }) => clientId === client.clientId)
  const known = registered.some(({ redirectUris }) => redirectUris.includes(value))
  const callback = known ? checkRedirectUri(value, appOrigin) : undefined
  if (callback) return callback
  throw new OAuth1Problem('parameter_rejected', { oauth_parameters_rejected: 'oauth_callback' })
}
