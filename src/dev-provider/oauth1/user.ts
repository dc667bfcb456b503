import type { Middleware } from 'koa'
import { sendJson } from '../oauth2/api.js'
import type { TestUser } from '../users.js'
import type { OAuth1Deps } from './deps.js'
import { handleSigned, OAuth1Problem } from './problem.js'
import { readSignedRequest } from './signed-request.js'

/** GET: the user, to a client that signs with the user's token (RFC 5849, 3). */
export const showOAuth1User = (deps: OAuth1Deps): Middleware =>
  handleSigned(async ctx => {
    const { credentials, faultInjector } = deps
    const { get } = await readSignedRequest(ctx, deps, (token = '', clientId) => {
      const found = credentials.findTokenCredentials(token)
      return found?.clientId === clientId ? found.secret : undefined
    })
    const access = credentials.findTokenCredentials(get('oauth_token') ?? '')
    if (!access) throw new OAuth1Problem('token_rejected')
    const { fault, used } = access
    access.used = true
    const faultResponse = (used ? fault?.laterResponse : undefined) ?? fault?.userResponse
    await faultInjector.inject(ctx, faultResponse, () => sendJson(ctx, describeUser(access.user)))
  })

/** The id is text, since it may be larger than any number that JSON carries safely. */
function describeUser({ id, login, name, emails }: TestUser): string {
  const address = emails.find(({ primary }) => primary)
  const email = address?.email ?? null
  return JSON.stringify({ id: String(id), login, name, email, email_verified: address?.verified ?? false })
}
