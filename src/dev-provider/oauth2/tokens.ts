import { createHash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { type Client, verifyClient } from '../clients.js'
import type { FaultInjector, FaultResponse } from '../fault-injection.js'
import type { Grants } from '../grants.js'
import { type RequestParams, readFormParams } from '../params.js'
import { encodeFields, type Fields, sendJson } from '../responses.js'
import type { OAuth2Fault } from './faults.js'

interface TokenDeps {
  clients: readonly Client[]
  grants: Grants
  faultInjector: FaultInjector
}

/** The fields of the response, and the fault. */
interface TokenResponse {
  fields: Fields
  fault?: OAuth2Fault | undefined
}

/** POST: exchanges a code for a token. As at GitHub the status of an error is 200 too. */
export const issueOAuth2Token =
  ({ clients, grants, faultInjector }: TokenDeps): Middleware =>
  async ctx => {
    const params = await readFormParams(ctx)
    const client = verifyClient(clients, ctx.get('authorization'), params)
    const { fields, fault } = redeemCode(params, client, grants)
    await faultInjector.inject(ctx, fault?.tokenResponse, () => sendFields(ctx, fields))
  }

function redeemCode(params: RequestParams, client: Client | undefined, grants: Grants): TokenResponse {
  if (params.repeated.length > 0) return errorResponse('invalid_request', 'A parameter may come only once.')
  if (!client)
    return errorResponse('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.')
  if (params.get('grant_type') !== 'authorization_code') {
    return errorResponse('unsupported_grant_type', 'grant_type must be authorization_code.')
  }
  const grant = grants.spendCode(params.get('code') ?? '', client.clientId)
  if (!grant) return errorResponse('bad_verification_code', 'The code passed is incorrect or expired.')
  // RFC 6749, 4.1.3
  if (params.get('redirect_uri') !== grant.redirectUri) {
    return errorResponse('redirect_uri_mismatch', 'The redirect_uri is not the one the code was sent to.')
  }
  if (!verifyCodeChallenge(params.get('code_verifier'), grant.codeChallenge)) {
    return errorResponse(
      'bad_verification_code',
      'The code_verifier is missing, malformed or not the one of the code_challenge.',
    )
  }
  const right = { access_token: grant.issueToken(), token_type: 'bearer', scope: grant.scope.join(',') }
  return { fields: grant.fault?.token?.(right) ?? right, fault: grant.fault }
}

const errorResponse = (error: string, error_description: string): TokenResponse => ({
  fields: { error, error_description },
})

/** RFC 7636, 4.1 and 4.6. */
export function verifyCodeChallenge(verifier: string | undefined, challenge: string): boolean {
  if (verifier === undefined || !/^[\w.~-]{43,128}$/.test(verifier)) return false
  return createHash('sha256').update(verifier).digest('base64url') === challenge
}

/** Sends a form unless the Accept header names JSON, as GitHub does. */
function sendFields(ctx: Context, fields: Fields): void {
  const accepted = ctx.get('accept').split(',')
  const json = accepted.some(range => range.split(';')[0]?.trim().toLowerCase() === 'application/json')
  ctx.type = json ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded; charset=utf-8'
  ctx.body = json ? JSON.stringify(fields) : encodeFields(fields)
}

interface RevocationDeps {
  clients: readonly Client[]
  faultInjector: FaultInjector
}

/** Revokes a client's token. Returns its grant, or undefined if it was not this client's. */
type RevokeToken = (
  token: string,
  clientId: string,
) => { fault: { revocationResponse?: FaultResponse } | undefined } | undefined

/** POST: revokes a token of any kind (RFC 7009). An unknown token is not an error (2.2). */
export const revocationEndpoint =
  ({ clients, faultInjector }: RevocationDeps, revokeToken: RevokeToken): Middleware =>
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
