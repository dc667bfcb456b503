import { halfHash, type SignatureAlg, verify } from '../crypto/signature.js'
import { isObject } from './answer.js'
import { ProtocolError } from './errors.js'
import { type Jwks, keysFor } from './jwks.js'
import { type JwtHeader, readJwt, type UnverifiedJwt } from './jwt.js'
import type { Json, JsonObject } from './types.js'
import { isSubject } from './userinfo.js'

/** What an ID token has to say, and to whom. */
export interface ExpectedIdToken {
  /** Where issuers have a tenant in them, the issuer that these claims ask for; undefined for a tenant we do not take. */
  issuer: string | ((claims: JsonObject) => string | undefined)
  clientId: string
  /** Those of the settings, or those of the provider's metadata. */
  algs: readonly SignatureAlg[]
  /** As it was sent; undefined where none was, and then there must be none. */
  nonce: string | undefined
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

/** The keys at hand know nothing of this token's: newer ones may. A class of its own, because somebody fetches them. */
export class UnknownKey extends ProtocolError {}

/**
 * Verifies an ID token by all the rules of OpenID Connect Core, 3.1.3.7, and 3.1.3.8 for `at_hash`. More than one
 * audience is refused, because nobody else is trusted with a token of ours.
 * @throws UnknownKey where the provider's keys should be fetched once more
 * @throws ProtocolError id_token_invalid; no message quotes the token
 */
export function verifyIdToken(token: string, jwks: Jwks, expected: ExpectedIdToken): VerifiedIdToken {
  const jwt = readJwt(token)
  const { header, claims } = jwt
  requireKind(header, claims)
  requireSignature(jwt, jwks, expected.algs)
  const issuer = readIssuer(claims, expected.issuer)
  requireAudience(claims, expected.clientId)
  requireTimes(claims, expected.now / 1000)
  requireNonce(claims.nonce, expected.nonce)
  requireTokenHash(claims.at_hash, header.alg, expected.accessToken)
  requireFreshness(claims.auth_time, expected)
  requireContext(claims.acr, expected.acrValues)
  if (!isSubject(claims.sub)) throw invalid('has no usable sub')
  return { issuer, subject: claims.sub, claims } as VerifiedIdToken
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Other JWTs of the same provider for the same client are no ID tokens (RFC 8725, 3.11; RFC 9068, 2.1). */
function requireKind({ typ = 'JWT' }: JwtHeader, { events = null }: JsonObject): void {
  if (!/^(?:application\/)?jwt$/i.test(typ)) throw invalid('is a token of another type')
  if (isObject(events) && Object.hasOwn(events, LOGOUT_EVENT)) throw invalid('is a logout token')
}

function requireSignature(
  { header, signedBytes, signature }: UnverifiedJwt,
  jwks: Jwks,
  algs: readonly string[],
): void {
  const { alg, kid } = header
  if (!algs.includes(alg)) throw invalid(`is signed with ${alg}, and ${algs.join(', ') || 'nothing'} is expected`)
  const keys = keysFor(jwks, header)
  if (keys === undefined) throw new UnknownKey('id_token_invalid', 'The ID token is signed with a key not known here')
  if (keys.some(key => verify(alg, key, signedBytes, signature))) return
  const message = 'The ID token has a signature that its key did not make'
  // Without a name only the signature can tell that the key is another one by now.
  throw kid === undefined ? new UnknownKey('id_token_invalid', message) : new ProtocolError('id_token_invalid', message)
}

function readIssuer(claims: JsonObject, expected: ExpectedIdToken['issuer']): string {
  const issuer = typeof expected === 'string' ? expected : expected(claims)
  if (issuer !== undefined && claims.iss === issuer) return issuer
  throw invalid(typeof expected === 'string' ? `comes from another issuer than ${issuer}` : 'comes from another issuer')
}

function requireAudience({ aud = null, azp }: JsonObject, clientId: string): void {
  const [only, ...others] = Array.isArray(aud) ? aud : [aud]
  if (only !== clientId) throw invalid('is for another audience')
  if (others.length > 0) throw invalid('is for others too')
  if (azp !== undefined && azp !== clientId) throw invalid('was issued to another client')
}

/** Seconds that two clocks may differ. */
const TOLERANCE = 30
const A_DAY = 24 * 60 * 60
const COMPARE_CLOCKS = "; if this repeats, compare this machine's clock with the provider's"

function requireTimes({ exp, iat, nbf }: JsonObject, now: number): void {
  const expired = now - readTime(exp, 'exp')
  if (expired >= TOLERANCE) throw invalid(`expired ${Math.round(expired)} seconds ago${COMPARE_CLOCKS}`)
  const age = now - readTime(iat, 'iat')
  if (age < -TOLERANCE) throw invalid(`is issued ${Math.round(-age)} seconds from now${COMPARE_CLOCKS}`)
  if (age > A_DAY) throw invalid(`was issued ${Math.round(age)} seconds ago${COMPARE_CLOCKS}`)
  const early = nbf === undefined ? 0 : readTime(nbf, 'nbf') - now
  if (early > TOLERANCE) throw invalid(`is valid in ${Math.round(early)} seconds only${COMPARE_CLOCKS}`)
}

/** The last second that a date can hold; JSON's own numbers go much further. */
const LAST_SECOND = 8.64e12

function readTime(value: Json | undefined, name: string): number {
  // Compared unchecked, a text or a list of one number would pass for that number.
  if (typeof value === 'number' && value >= 0 && value <= LAST_SECOND) return value
  throw invalid(`has an unusable ${name}, or none`)
}

function requireNonce(nonce: Json | undefined, expected: string | undefined): void {
  if (nonce !== expected) throw invalid('is not about this sign-in: its nonce is another')
}

/** The access token belongs to the ID token (OpenID Connect Core, 3.1.3.8); in the code flow it may stay unsaid. */
function requireTokenHash(atHash: Json | undefined, alg: SignatureAlg, accessToken: string): void {
  if (atHash === undefined || atHash === halfHash(alg, accessToken)) return
  throw invalid('does not belong to its access token: its at_hash is another')
}

function requireFreshness(authTime: Json | undefined, { maxAge, now }: ExpectedIdToken): void {
  if (maxAge === undefined) return
  const age = now / 1000 - readTime(authTime, 'auth_time')
  if (age < -TOLERANCE) throw invalid(`tells of a sign-in ${Math.round(-age)} seconds from now${COMPARE_CLOCKS}`)
  if (age > maxAge + TOLERANCE) throw invalid(`tells of a sign-in older than ${maxAge} seconds`)
}

function requireContext(acr: Json | undefined, wanted: readonly string[] = []): void {
  if (wanted.length === 0 || (typeof acr === 'string' && wanted.includes(acr))) return
  throw invalid('tells of none of the acr values that were asked for')
}

const invalid = (what: string) => new ProtocolError('id_token_invalid', `The ID token ${what}`)
