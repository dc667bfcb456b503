import { halfHash, type SignatureAlg } from '../crypto/signature.js'
import type { Jwks } from './jwks.js'
import { type JwtHeader, readJwt } from './jwt.js'
import {
  COMPARE_CLOCKS,
  type ExpectedIssuer,
  invalid,
  logoutEventIn,
  readIssuer,
  readTime,
  requireAudience,
  requireSignature,
  requireTimes,
  TOLERANCE,
  type TrustedAudiences,
} from './signed-token.js'
import type { Json, JsonObject } from './types.js'
import { isSubject } from './userinfo.js'

/** Of a refreshed token: whatever its nonce is, this sign-in is not the one that it was made for. */
export const ANY_NONCE = Symbol('any nonce')

/** What an ID token has to say, and to whom. */
export interface ExpectedIdToken {
  issuer: ExpectedIssuer
  clientId: string
  /** Whom it may be for besides us. */
  audiences?: TrustedAudiences | undefined
  /** Those of the settings, or those of the provider's metadata. */
  algs: readonly SignatureAlg[]
  /** As it was sent; undefined where none was, and then there must be none. */
  nonce: string | undefined | typeof ANY_NONCE
  /** That came with it. */
  accessToken: string
  /** Seconds, where it was asked for. */
  maxAge?: number | undefined
  /** Where they were asked for, one of them. */
  acrValues?: readonly string[] | undefined
  /** Milliseconds. */
  now: number
}

declare const verified: unique symbol

/** An ID token of the provider, for us, about this sign-in. Only `verifyIdToken` makes one. */
export interface VerifiedIdToken {
  readonly issuer: string
  readonly subject: string
  readonly claims: JsonObject
  readonly [verified]: true
}

/**
 * Verifies an ID token by all the rules of OpenID Connect Core, 3.1.3.7, and 3.1.3.8 for `at_hash`. A further
 * audience is refused unless the settings trust it.
 * @throws UnknownKey where the provider's keys should be fetched once more
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
  if (!isSubject(claims.sub)) throw invalid('has no usable sub', 'subject_missing')
  return { issuer, subject: claims.sub, claims } as VerifiedIdToken
}

/** Other JWTs of the same provider for the same client are no ID tokens (RFC 8725, 3.11; RFC 9068, 2.1). */
function requireKind({ typ = 'JWT' }: JwtHeader, claims: JsonObject): void {
  if (!/^(?:application\/)?jwt$/i.test(typ)) throw invalid('is a token of another type')
  if (logoutEventIn(claims) !== undefined) throw invalid('is a logout token')
}

function requireNonce(nonce: Json | undefined, expected: ExpectedIdToken['nonce']): void {
  if (expected === ANY_NONCE || nonce === expected) return
  const isMissing = (nonce ?? null) === null && expected !== undefined
  if (!isMissing) throw invalid('is not about this sign-in: its nonce is another', 'nonce_other')
  // Doorkeeper loses it unless a template is changed.
  const advice = 'where a provider never sends it back, set <NAME>_NONCE=off'
  throw invalid(`has no nonce, although one was sent; ${advice}`, 'nonce_missing')
}

/** The access token belongs to the ID token (OpenID Connect Core, 3.1.3.8); in the code flow it may stay unsaid. */
function requireTokenHash(atHash: Json | undefined, alg: SignatureAlg, accessToken: string): void {
  if (atHash === undefined || atHash === halfHash(alg, accessToken)) return
  throw invalid('does not belong to its access token: its at_hash is another')
}

function requireFreshness(authTime: Json | undefined, { maxAge, now }: ExpectedIdToken): void {
  if (maxAge === undefined) return
  const age = now / 1000 - readTime(authTime, 'auth_time')
  if (age < -TOLERANCE)
    throw invalid(`tells of a sign-in ${Math.round(-age)} seconds from now${COMPARE_CLOCKS}`, 'clock')
  if (age > maxAge + TOLERANCE) throw invalid(`tells of a sign-in older than ${maxAge} seconds`)
}

function requireContext(acr: Json | undefined, wanted: readonly string[] = []): void {
  if (wanted.length === 0 || (typeof acr === 'string' && wanted.includes(acr))) return
  throw invalid('tells of none of the acr values that were asked for')
}
