import type { Middleware } from 'koa'
import type { Choice } from '../../oauth1/credentials.js'
import type { OAuth1Deps } from '../../oauth1/deps.js'
import { handleSigned, Problem } from '../../oauth1/problem.js'
import { readSigned } from '../../oauth1/request.js'
import { sendForm } from '../../redirect.js'

/** POST: the verifier and the temporary credentials become token credentials (RFC 5849, 2.3). */
export const exchangeVerifier = (deps: OAuth1Deps): Middleware =>
  handleSigned(async ctx => {
    const { credentials, faultInjector } = deps
    const find = (token = '') => credentials.findTemporary(token)
    const { get } = await readSigned(ctx, deps, (token, clientId) => {
      const found = find(token)
      return found?.clientId === clientId ? found.secret : undefined
    })
    const temporary = find(get('oauth_token'))
    if (!temporary) throw new Problem('token_rejected')
    // Whatever comes of it: a verifier is guessed once.
    temporary.spent = true
    const { choice } = temporary
    if (!choice) throw new Problem('permission_unknown')
    refuseVerifier(get('oauth_verifier'), choice)

    const access = credentials.issueAccess(temporary, choice)
    const { user, fault } = choice
    const said = { oauth_token: access.token, oauth_token_secret: access.secret }
    const right = { ...said, user_id: String(user.id), screen_name: user.login }
    await faultInjector.inject(ctx, fault?.tokenResponse, () => sendForm(ctx, fault?.token?.(right) ?? right))
  })

function refuseVerifier(given: string | undefined, { verifier }: Choice): void {
  if (given === undefined) throw new Problem('parameter_absent', { oauth_parameters_absent: 'oauth_verifier' })
  if (given !== verifier) throw new Problem('verifier_invalid')
}
