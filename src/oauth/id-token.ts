import { type SignatureAlg, tokenHash } from '../crypto/signature.js'
import type { Jwks } from './jwks.js'
import { type JwtHeader, readJwt } from './jwt.js'
import {
  CLOCK_HINT,
  CLOCK_TOLERANCE_SECONDS,
  type ExpectedIssuer,
  invalidToken,
  logoutEventIn,
  readIssuer,
  readTime,
  requireAudience,
  requireSignature,
  requireTimes,
  type TrustedAudiences,
} from './signed-token.js'
import type { Json, JsonObject } from './types.js'
import { isSubject } from './userinfo.js'

/** For a refreshed token: its nonce is not checked, because it belongs to an earlier sign-in. */
export const ANY_NONCE = Symbol('any nonce')

/** The values that an ID token must have. */
export interface ExpectedIdToken {
  issuer: ExpectedIssuer
  clientId: string
  /** Further audiences that are allowed beside our client id. */
  audiences?: TrustedAudiences | undefined
  /** From the settings, or from the provider's metadata. */
  algs: readonly SignatureAlg[]
  /** As it was sent. If it is undefined, no nonce was sent, and the token must not have one. */
  nonce: string | undefined | typeof ANY_NONCE
  /** The access token of the same response. */
  accessToken: string
  /** Seconds, if it was requested. */
  maxAge?: number | undefined
  /** If they were requested, `acr` must be one of them. */
  acrValues?: readonly string[] | undefined
  /** Milliseconds. */
  now: number
}

declare const verified: unique symbol

/** An ID token of the provider for this client and this sign-in. Only `verifyIdToken` makes one. */
export interface VerifiedIdToken {
  readonly issuer: string
  readonly subject: string
  readonly claims: JsonObject
  readonly [verified]: true
}

/**
 * Verifies an ID token by all the rules of OpenID Connect Core, 3.1.3.7, and 3.1.3.8 for `at_hash`. A further
 * audience is rejected unless the settings trust it.
 * @throws UnknownKey if the provider's keys should be fetched once more
 * @throws ProtocolError id_token_invalid; no message quotes the token
 */
export function verifyIdToken(token: string, jwks: Jwks, expected: ExpectedIdToken): VerifiedIdToken {
  const jwt = readJwt(token)
  const { header, claims } = jwt
  requireKind(header, claims)
  requireSignature(jwt, jwks, expected.algs)
  const issuer = readIssuer(claims, expected.issuer)
  requireAudience(claims, expected.clientId, expected.audiences)
  requireTimes(claims, expected.now / 1000)
  requireNonce(claims.nonce, expected.nonce)
  requireTokenHash(claims.at_hash, header.alg, expected.accessToken)
  requireFreshness(claims.auth_time, expected)
  requireContext(claims.acr, expected.acrValues)
  if (!isSubject(claims.sub)) throw invalidToken('has no usable sub', 'subject_missing')
  return { issuer, subject: claims.sub, claims } as VerifiedIdToken
}

/** Other JWTs of the same provider for the same client are not ID tokens (RFC 8725, 3.11; RFC 9068, 2.1). */
function requireKind({ typ = 'JWT' }: JwtHeader, claims: JsonObject): void {
  if (!/^(?:application\/)?jwt$/i.test(typ)) throw invalidToken('is a token of another type')
  if (logoutEventIn(claims) !== undefined) throw invalidToken('is a logout token')
}

function requireNonce(nonce: Json | undefined, expected: ExpectedIdToken['nonce']): void {
  if (expected === ANY_NONCE || nonce === expected) return
  const isMissing = (nonce ?? null) === null && expected !== undefined
  if (!isMissing) throw invalidToken('is not about this sign-in: its nonce is another', 'nonce_other')
  // Doorkeeper drops it unless a template is changed.
  const advice = 'where a provider never sends it back, set <NAME>_NONCE=off'
  throw invalidToken(`has no nonce, although one was sent; ${advice}`, 'nonce_missing')
}

/**
 * The access token must belong to the ID token (OpenID Connect Core, 3.1.3.8); in the code flow `at_hash` is optional.
 */
function requireTokenHash(atHash: Json | undefined, alg: SignatureAlg, accessToken: string): void {
  if (atHash === undefined || atHash === tokenHash(alg, accessToken)) return
  throw invalidToken('does not belong to its access token: its at_hash is another')
}

function requireFreshness(authTime: Json | undefined, { maxAge, now }: ExpectedIdToken): void {
  if (maxAge === undefined) return
  const age = now / 1000 - readTime(authTime, 'auth_time')
  if (age < -CLOCK_TOLERANCE_SECONDS)
    throw invalidToken(`tells of a sign-in ${Math.round(-age)} seconds from now${CLOCK_HINT}`, 'clock')
  if (age > maxAge + CLOCK_TOLERANCE_SECONDS) throw invalidToken(`tells of a sign-in older than ${maxAge} seconds`)
}

function requireContext(acr: Json | undefined, wanted: readonly string[] = []): void {
  if (wanted.length === 0 || (typeof acr === 'string' && wanted.includes(acr))) return
  throw invalidToken('tells of none of the acr values that were asked for')
}
