import type { SignatureAlg } from '../crypto/signature.js'
import { ProtocolError } from './errors.js'
import type { Jwks } from './jwks.js'
import { type JwtHeader, readJwt, type UnverifiedJwt } from './jwt.js'
import { isObject } from './response.js'
import {
  CLOCK_TOLERANCE_SECONDS,
  type ExpectedIssuer,
  invalidToken,
  logoutEventIn,
  MAX_TOKEN_AGE_SECONDS,
  readIssuer,
  readTime,
  requireAudience,
  requireSignature,
  requireTimes,
  type TrustedAudiences,
  UnknownKey,
} from './signed-token.js'
import { isIdentifier } from './text.js'
import type { Json, JsonObject } from './types.js'
import { isSubject } from './userinfo.js'

/** The values that a logout token must have. */
export interface ExpectedLogoutToken {
  issuer: ExpectedIssuer
  clientId: string
  /** Further audiences that are allowed beside our client id. */
  audiences?: TrustedAudiences | undefined
  /** The provider is known to type its logout tokens; without it they may be typed like any JWT, or not at all. */
  typeRequired: boolean
  /** Milliseconds. */
  now: number
}

/** What a logout token says. */
interface LogoutClaims {
  readonly issuer: string
  /** At least one of the two is set: the first means all sessions of the user, the second one of them. */
  readonly subject: string | undefined
  readonly sid: string | undefined
  /** The unique id of the token among the tokens of its issuer. */
  readonly id: string
  /** Milliseconds since 1970; later the token is rejected because of its times. */
  readonly expiresAt: number
  readonly claims: JsonObject
}

declare const state: unique symbol

/** A logout token whose claims are valid, and whose signature is not verified yet. Only `readLogoutToken` makes one. */
export interface UnverifiedLogoutToken extends LogoutClaims {
  readonly jwt: UnverifiedJwt
  readonly [state]: 'unverified'
}

/** A verified request of the provider to end sessions. Only `verifyLogoutToken` makes one. */
export interface VerifiedLogoutToken extends LogoutClaims {
  readonly [state]: 'verified'
}

/** Characters. A logout token is short, and anyone can post one. */
const MAX_LOGOUT_TOKEN_LENGTH = 16_384

/**
 * Reads a logout token and checks everything but its signature (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6),
 * which costs more than all the rest, and needs the provider's keys.
 * @throws ProtocolError request_malformed; no message quotes the token
 */
export function readLogoutToken(token: string, expected: ExpectedLogoutToken): UnverifiedLogoutToken {
  return asRequestErrors(() => {
    if (token.length > MAX_LOGOUT_TOKEN_LENGTH)
      throw invalidToken(`is longer than ${MAX_LOGOUT_TOKEN_LENGTH} characters`)
    const jwt = readJwt(token)
    requireType(jwt.header, expected.typeRequired)
    return { ...readClaims(jwt.claims, expected), jwt } as UnverifiedLogoutToken
  })
}

/**
 * Verifies the signature of a logout token by the rules for ID tokens (OpenID Connect Back-Channel Logout 1.0, 2.6).
 * @param algs those of the provider's ID tokens
 * @throws UnknownKey if the provider's keys should be fetched once more
 * @throws ProtocolError request_malformed
 */
export function verifyLogoutToken(
  { jwt, ...logoutClaims }: UnverifiedLogoutToken,
  jwks: Jwks,
  algs: readonly SignatureAlg[],
): VerifiedLogoutToken {
  asRequestErrors(() => requireSignature(jwt, jwks, algs))
  return logoutClaims as LogoutClaims as VerifiedLogoutToken
}

/** The type of logout tokens, or the general type of JWTs, which providers older than this rule send. */
function requireType({ typ }: JwtHeader, isRequired: boolean): void {
  if (typ !== undefined && /^(?:application\/)?logout\+jwt$/i.test(typ)) return
  if (isRequired || (typ !== undefined && !/^(?:application\/)?jwt$/i.test(typ))) {
    throw invalidToken('is not typed as a logout token')
  }
}

function readClaims(claims: JsonObject, { issuer, clientId, audiences, now }: ExpectedLogoutToken): LogoutClaims {
  const { jti, sub, sid } = claims
  const logoutClaims = { issuer: readIssuer(claims, issuer), claims }
  requireAudience(claims, clientId, audiences)
  const exp = readExpiry(claims)
  requireTimes({ ...claims, exp }, now / 1000)
  if (!isObject(logoutEventIn(claims))) throw invalidToken('is not about a logout')
  // Section 2.4 forbids it, so that an ID token cannot be used as a logout token.
  if (Object.hasOwn(claims, 'nonce')) throw invalidToken('has a nonce, as only ID tokens have')
  if (!isIdentifier(jti)) throw invalidToken('has no usable jti')
  if (sub === undefined && sid === undefined) throw invalidToken('names neither a person nor a session')
  const expiresAt =
    (Math.min(exp, readTime(claims.iat, 'iat') + MAX_TOKEN_AGE_SECONDS) + CLOCK_TOLERANCE_SECONDS) * 1000
  return { ...logoutClaims, subject: readSub(sub), sid: readSid(sid), id: jti, expiresAt }
}

/** The lifetime that section 2.4 recommends. */
const LIFETIME_WITHOUT_EXP_SECONDS = 120

/**
 * The drafts before the final text had no `exp`, and Glewlwyd, Ory Hydra, LemonLDAP::NG and others send none. The `iat`
 * limits such a token, and its `jti` is stored for as long as the token is accepted.
 */
const readExpiry = ({ exp, iat }: JsonObject): number =>
  exp === undefined ? readTime(iat, 'iat') + LIFETIME_WITHOUT_EXP_SECONDS : readTime(exp, 'exp')

function readSub(sub: Json | undefined): string | undefined {
  if (sub === undefined || isSubject(sub)) return sub
  throw invalidToken('has an unusable sub')
}

function readSid(sid: Json | undefined): string | undefined {
  if (sid === undefined || isIdentifier(sid)) return sid
  throw invalidToken('has an unusable sid')
}

/** The token came with the request, so an invalid token makes the request invalid. */
function asRequestErrors<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const ErrorClass = error instanceof UnknownKey ? UnknownKey : ProtocolError
    throw new ErrorClass('request_malformed', error.message)
  }
}
