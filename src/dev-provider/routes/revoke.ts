import type { Context, Middleware } from 'koa'
import { sendJson } from '../api.js'
import { authenticateClient, type Client } from '../clients.js'
import type { FaultInjector, FaultResponse } from '../fault-injection.js'
import { readForm } from '../params.js'

interface Deps {
  clients: readonly Client[]
  faultInjector: FaultInjector
}

/** Revokes a client's token. Returns its grant, or undefined if it was not this client's. */
export type RevokeToken = (
  token: string,
  clientId: string,
) => { fault: { revocationResponse?: FaultResponse } | undefined } | undefined

/** POST: revokes a token of any kind (RFC 7009). An unknown token is not an error (2.2). */
export const revoke =
  ({ clients, faultInjector }: Deps, take: RevokeToken): Middleware =>
  async ctx => {
    const params = await readForm(ctx)
    const client = authenticateClient(clients, ctx.get('authorization'), params)
    const token = params.get('token')
    if (!client) return sendError(ctx, 401, 'invalid_client')
    if (params.repeated.length > 0 || token === undefined) return sendError(ctx, 400, 'invalid_request')
    const taken = take(token, client.clientId)
    await faultInjector.inject(ctx, taken?.fault?.revocationResponse, () => {
      ctx.status = 200
      ctx.body = ''
    })
  }

function sendError(ctx: Context, status: number, error: string): void {
  ctx.status = status
  if (status === 401 && ctx.get('authorization')) ctx.set('WWW-Authenticate', 'Basic realm="Development provider"')
  sendJson(ctx, JSON.stringify({ error }))
}
