import { createHash } from 'node:crypto'
import { groupsOf, type TestUser } from '../users.js'
import type { OidcGrant } from './sessions.js'
import type { Claims } from './signing.js'

const ID_TOKEN_TTL_SECONDS = 5 * 60
const LOGOUT_TOKEN_TTL_SECONDS = 2 * 60

/** The claims about a user that the scope allows (OpenID Connect Core 1.0, 5.4). */
export function userClaims(user: TestUser, scope: readonly string[]): Claims {
  const { id, login, name, emails } = user
  const address = emails.find(({ primary }) => primary)
  return {
    sub: String(id),
    ...(scope.includes('profile') && { ...(name !== null && { name }), preferred_username: login }),
    ...(scope.includes('email') && address && { email: address.email, email_verified: address.verified }),
    ...(scope.includes('groups') && { groups: groupsOf(user) }),
  }
}

interface TokenContext {
  issuer: string
  /** Milliseconds. */
  now: number
}

/**
 * What an ID token says (OpenID Connect Core 1.0, 2).
 * @param nonce undefined for one that comes with a refresh (12.2)
 */
export function idTokenClaims(
  grant: OidcGrant,
  { issuer, now }: TokenContext,
  accessToken: string,
  nonce: string | undefined,
): Claims {
  const iat = toSeconds(now)
  return {
    iss: issuer,
    ...userClaims(grant.user, grant.scope),
    aud: grant.clientId,
    iat,
    exp: iat + ID_TOKEN_TTL_SECONDS,
    auth_time: toSeconds(grant.authTime),
    nonce,
    acr: grant.acr,
    sid: grant.sid,
    at_hash: accessTokenHash(accessToken),
  }
}

/** What a logout token says (OpenID Connect Back-Channel Logout 1.0, 2.4). */
export function logoutTokenClaims(
  { user, clientId, sid }: OidcGrant,
  { issuer, now }: TokenContext,
  jti: string,
): Claims {
  const iat = toSeconds(now)
  return {
    iss: issuer,
    aud: clientId,
    sub: String(user.id),
    sid,
    jti,
    iat,
    exp: iat + LOGOUT_TOKEN_TTL_SECONDS,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }
}

const toSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

/** at_hash: the left half of SHA-256, since we sign with RS256 (OpenID Connect Core 1.0, 3.1.3.6). */
const accessTokenHash = (token: string): string =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url')
