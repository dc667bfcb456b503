import { createHash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { authenticateClient, type Client } from '../clients.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Fault } from '../faults.js'
import type { Grants } from '../grants.js'
import { type Params, readForm } from '../params.js'
import { encodeFields, type Fields } from '../redirect.js'

interface Deps {
  clients: readonly Client[]
  grants: Grants
  faultInjector: FaultInjector
}

/** What is said, and what goes wrong as it is said. */
interface Redeemed {
  said: Fields
  fault?: Fault | undefined
}

/** POST: a code becomes a token. As at GitHub an error is a 200 as well. */
export const exchangeCode =
  ({ clients, grants, faultInjector }: Deps): Middleware =>
  async ctx => {
    const params = await readForm(ctx)
    const client = authenticateClient(clients, ctx.get('authorization'), params)
    const { said, fault } = redeem(params, client, grants)
    await faultInjector.inject(ctx, fault?.tokenResponse, () => answer(ctx, said))
  }

function redeem(params: Params, client: Client | undefined, grants: Grants): Redeemed {
  if (params.repeated.length > 0) return refuse('invalid_request', 'A parameter may come only once.')
  if (!client) return refuse('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.')
  if (params.get('grant_type') !== 'authorization_code') {
    return refuse('unsupported_grant_type', 'grant_type must be authorization_code.')
  }
  const grant = grants.spendCode(params.get('code') ?? '', client.clientId)
  if (!grant) return refuse('bad_verification_code', 'The code passed is incorrect or expired.')
  // RFC 6749, 4.1.3
  if (params.get('redirect_uri') !== grant.redirectUri) {
    return refuse('redirect_uri_mismatch', 'The redirect_uri is not the one the code was sent to.')
  }
  if (!proves(params.get('code_verifier'), grant.codeChallenge)) {
    return refuse(
      'bad_verification_code',
      'The code_verifier is missing, malformed or not the one of the code_challenge.',
    )
  }
  const right = { access_token: grant.issueToken(), token_type: 'bearer', scope: grant.scope.join(',') }
  return { said: grant.fault?.token?.(right) ?? right, fault: grant.fault }
}

const refuse = (error: string, error_description: string): Redeemed => ({ said: { error, error_description } })

/** RFC 7636, 4.1 and 4.6. */
export function proves(verifier: string | undefined, challenge: string): boolean {
  if (verifier === undefined || !/^[\w.~-]{43,128}$/.test(verifier)) return false
  return createHash('sha256').update(verifier).digest('base64url') === challenge
}

/** GitHub answers a form unless JSON is asked for by name. */
function answer(ctx: Context, fields: Fields): void {
  const asked = ctx.get('accept').split(',')
  const json = asked.some(range => range.split(';')[0]?.trim().toLowerCase() === 'application/json')
  ctx.type = json ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded; charset=utf-8'
  ctx.body = json ? JSON.stringify(fields) : encodeFields(fields)
}
