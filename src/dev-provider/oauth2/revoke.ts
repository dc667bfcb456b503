import type { Context, Middleware } from 'koa'
import { type Client, verifyClient } from '../clients.js'
import type { FaultInjector, FaultResponse } from '../fault-injection.js'
import { readFormParams } from '../params.js'
import { sendJson } from './api.js'

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
export const revocationEndpoint =
  ({ clients, faultInjector }: Deps, revokeToken: RevokeToken): Middleware =>
  async ctx => {
    const params = await readFormParams(ctx)
    const client = verifyClient(clients, ctx.get('authorization'), params)
    const token = params.get('token')
    if (!client) return sendError(ctx, 401, 'invalid_client')
    if (params.repeated.length > 0 || token === undefined) return sendError(ctx, 400, 'invalid_request')
    const revoked = revokeToken(token, client.clientId)
    await faultInjector.inject(ctx, revoked?.fault?.revocationResponse, () => {
      ctx.status = 200
      ctx.body = ''
    })
  }

function sendError(ctx: Context, status: number, error: string): void {
  ctx.status = status
  if (status === 401 && ctx.get('authorization')) ctx.set('WWW-Authenticate', 'Basic realm="Development provider"')
  sendJson(ctx, JSON.stringify({ error }))
}
