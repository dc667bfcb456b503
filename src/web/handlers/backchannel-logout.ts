import type { Context, Handler } from '../context.js'
import type { Deps } from '../deps.js'
import { readForeignForm } from '../form.js'
import { spendOnFailure } from '../guards/rate-limit.js'
import { WebRefusal } from '../web-refusal.js'

/**
 * A provider says that sessions are over (OpenID Connect Back-Channel Logout, 2.5 to 2.8). 200 also where there was none;
 * 400 where the token is not to be believed; 5xx where it could not be done, so that the provider tries again.
 */
export const backchannelLogout =
  (deps: Deps, provider: string): Handler =>
  async ctx => {
    await spendOnFailure(deps, ctx, 'logout-token', async () => {
      await deps.accounts.endByProvider(provider, await readToken(ctx))
    })
    ctx.body = ''
    ctx.status = 200
  }

async function readToken(ctx: Context): Promise<string> {
  const [token, ...more] = (await readForeignForm(ctx)).getAll('logout_token')
  if (token && more.length === 0) return token
  throw new WebRefusal('request_malformed', 'There is no logout_token, or more than one')
}
