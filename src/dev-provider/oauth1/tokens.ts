import type { Middleware } from 'koa'
import { sendForm } from '../redirect.js'
import type { UserDecision } from './credentials.js'
import type { OAuth1Deps } from './deps.js'
import { handleSigned, OAuth1Problem } from './problem.js'
import { readSignedRequest } from './signed-request.js'

/** POST: the verifier and the temporary credentials become token credentials (RFC 5849, 2.3). */
export const issueOAuth1Token = (deps: OAuth1Deps): Middleware =>
  handleSigned(async ctx => {
    const { credentials, faultInjector } = deps
    const find = (token = '') => credentials.findTemporary(token)
    const { get } = await readSignedRequest(ctx, deps, (token, clientId) => {
      const found = find(token)
      return found?.clientId === clientId ? found.secret : undefined
    })
    const temporary = find(get('oauth_token'))
    if (!temporary) throw new OAuth1Problem('token_rejected')
    // Whatever comes of it: a verifier is guessed once.
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
