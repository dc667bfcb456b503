import type { Context, Handler } from '../context.js'
import type { WebDeps } from '../deps.js'
import { HttpError } from '../errors/http-error.js'
import { readUnboundForm } from '../form.js'
import { countFailures } from '../guards/rate-limit.js'

/**
 * A provider ends sessions (OpenID Connect Back-Channel Logout, 2.5 to 2.8). The status is 200 also where there was no
 * session, 400 where the token is not valid, and 5xx where the sessions could not be ended, so that the provider tries again.
 */
export const acceptLogoutToken =
  (deps: WebDeps, provider: string): Handler =>
  async ctx => {
    await countFailures(deps, ctx, 'logout-token', async () => {
      await deps.accounts.backchannelLogout(provider, await readLogoutToken(ctx))
    })
    ctx.body = ''
    ctx.status = 200
  }

async function readLogoutToken(ctx: Context): Promise<string> {
  const [token, ...more] = (await readUnboundForm(ctx)).getAll('logout_token')
  if (token && more.length === 0) return token
  throw new HttpError('request_malformed', 'There is no logout_token, or more than one')
}
