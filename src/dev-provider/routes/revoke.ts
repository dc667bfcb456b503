import type { Context, Middleware } from 'koa'
import { sendJson } from '../api.js'
import { authenticateClient, type Client } from '../clients.js'
import type { FaultInjector, FaultResponse } from '../fault-injection.js'
import { readForm } from '../params.js'

interface Deps {
  clients: readonly Client[]
  faultInjector: FaultInjector
}

/** Makes a client's token worthless; tells what it stood for, or undefined for one that is not theirs. */
export type TakeToken = (
  token: string,
  clientId: string,
) => { fault: { revocationResponse?: FaultResponse } | undefined } | undefined

/** POST: a client gives a token back, whichever kind it is (RFC 7009). One that is not known is no mistake (2.2). */
export const takeBack =
  ({ clients, faultInjector }: Deps, take: TakeToken): Middleware =>
  async ctx => {
    const params = await readForm(ctx)
    const client = authenticateClient(clients, ctx.get('authorization'), params)
    const token = params.get('token')
    if (!client) return refuse(ctx, 401, 'invalid_client')
    if (params.repeated.length > 0 || token === undefined) return refuse(ctx, 400, 'invalid_request')
    const taken = take(token, client.clientId)
    await faultInjector.inject(ctx, taken?.fault?.revocationResponse, () => {
      ctx.status = 200
      ctx.body = ''
    })
  }

function refuse(ctx: Context, status: number, error: string): void {
  ctx.status = status
  if (status === 401 && ctx.get('authorization')) ctx.set('WWW-Authenticate', 'Basic realm="Development provider"')
  sendJson(ctx, JSON.stringify({ error }))
}
