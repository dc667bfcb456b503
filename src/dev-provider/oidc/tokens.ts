import type { Context, Middleware } from 'koa'
import { type Client, verifyClient } from '../clients.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Grants } from '../grants.js'
import { verifyCodeChallenge } from '../oauth2/tokens.js'
import { type RequestParams, readFormParams } from '../params.js'
import { sendJson } from '../responses.js'
import { idTokenClaims } from './claims.js'
import { signWithNewestKey } from './faults.js'
import type { OidcGrant, OidcSessions } from './sessions.js'
import type { Claims, RsaKeys } from './signing.js'

/** Milliseconds. */
export const accessTokenTtlMs = ({ fault }: OidcGrant): number => fault?.tokenTtlMs ?? 60 * 60_000

interface TokenDeps {
  issuer: string
  clients: readonly Client[]
  grants: Grants<OidcGrant>
  sessions: OidcSessions
  keys: RsaKeys
  /** Whether the endpoint of the public keys fails at the moment. */
  outage: { jwksHidden: boolean }
  faultInjector: FaultInjector
  /** Milliseconds. */
  now: () => number
}

/** An error response of the token endpoint (RFC 6749, 5.2). */
class TokenError extends Error {
  constructor(
    readonly error: string,
    readonly description: string,
    readonly status = 400,
  ) {
    super(description)
  }
}

/** What a valid token request gets. */
interface TokenGrant {
  grant: OidcGrant
  accessToken: string
  nonce: string | undefined
  /** By a refresh token, not by a code. */
  isRefresh: boolean
}

/** POST: a code or a refresh token becomes tokens (OpenID Connect Core 1.0, 3.1.3 and 12). */
export const issueOidcTokens =
  (deps: TokenDeps): Middleware =>
  async ctx => {
    const params = await readFormParams(ctx)
    try {
      const client = requireVerifiedClient(ctx, params, deps)
      const redeemGrant = params.get('grant_type') === 'refresh_token' ? redeemRefreshToken : redeemCode
      const found = redeemGrant(params, client, deps)
      const { fault } = found.grant
      const right = await createTokens(deps, client, found)
      const json = JSON.stringify(fault?.token?.(right) ?? right)
      const faultResponse = (found.isRefresh ? fault?.refreshResponse : undefined) ?? fault?.tokenResponse
      await deps.faultInjector.inject(ctx, faultResponse, () => sendJson(ctx, json))
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      sendError(ctx, error)
    }
  }

function requireVerifiedClient(ctx: Context, params: RequestParams, { clients }: TokenDeps): Client {
  if (params.repeated.length > 0) throw new TokenError('invalid_request', 'A parameter may come only once.')
  const client = verifyClient(clients, ctx.get('authorization'), params)
  if (client) return client
  throw new TokenError('invalid_client', 'The client did not authenticate.', 401)
}

function redeemCode(params: RequestParams, client: Client, { grants }: TokenDeps): TokenGrant {
  if (params.get('grant_type') !== 'authorization_code') {
    throw new TokenError('unsupported_grant_type', 'grant_type must be authorization_code or refresh_token.')
  }
  const spent = grants.spendCode(params.get('code') ?? '', client.clientId)
  if (!spent) throw new TokenError('invalid_grant', 'The code is unknown, expired or spent.')
  if (params.get('redirect_uri') !== spent.redirectUri) {
    throw new TokenError('invalid_grant', 'The redirect_uri is not the one the code was sent to.')
  }
  if (!isVerifierValid(params.get('code_verifier'), spent.codeChallenge)) {
    throw new TokenError('invalid_grant', 'The code_verifier is not the one of the code_challenge.')
  }
  const { issueToken, ...grant } = spent
  return { grant, accessToken: issueToken(), nonce: grant.nonce, isRefresh: false }
}

/** A verifier without a challenge means that an attacker removed the challenge (RFC 9700, 2.1.1). */
const isVerifierValid = (verifier: string | undefined, challenge: string | undefined): boolean =>
  challenge === undefined ? verifier === undefined : verifyCodeChallenge(verifier, challenge)

function redeemRefreshToken(params: RequestParams, client: Client, { sessions, grants }: TokenDeps): TokenGrant {
  const found = sessions.findRefreshToken(params.get('refresh_token') ?? '', client.clientId)
  if (!found) throw new TokenError('invalid_grant', 'The refresh token is unknown, spent or revoked.')
  const scopes = params.get('scope')?.split(' ') ?? []
  if (!scopes.every(scope => found.grant.scope.includes(scope))) {
    throw new TokenError('invalid_scope', 'A refresh cannot widen the scope.')
  }
  found.spend()
  return { grant: found.grant, accessToken: grants.issueToken(found.grant), nonce: undefined, isRefresh: true }
}

async function createTokens(deps: TokenDeps, client: Client, tokenGrant: TokenGrant): Promise<Claims> {
  const { issuer, keys, sessions, outage, now } = deps
  const { grant, accessToken, nonce, isRefresh } = tokenGrant
  const { fault } = grant
  const right = idTokenClaims(grant, { issuer, now: now() }, accessToken, nonce)
  const claims = (isRefresh ? fault?.refreshClaims?.(right) : undefined) ?? right
  const sign = fault?.sign ?? signWithNewestKey
  const idToken = await sign(fault?.claims?.(claims) ?? claims, { keys, clientSecret: client.clientSecret })
  outage.jwksHidden = fault?.hidesJwks ?? false
  sessions.rememberIdToken(idToken, grant)
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: accessTokenTtlMs(grant) / 1000,
    scope: grant.scope.join(' '),
    refresh_token: sessions.issueRefreshToken(grant),
    id_token: idToken,
  }
}

function sendError(ctx: Context, { error, description, status }: TokenError): void {
  ctx.status = status
  if (status === 401 && ctx.get('authorization')) ctx.set('WWW-Authenticate', 'Basic realm="Development provider"')
  sendJson(ctx, JSON.stringify({ error, error_description: description }))
}
