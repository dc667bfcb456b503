import { verify } from '../crypto/signature.js'
import { ProtocolError, type ProtocolHint } from './errors.js'
import { type Jwks, keysFor } from './jwks.js'
import type { UnverifiedJwt } from './jwt.js'
import { isObject } from './response.js'
import { cleanText, isSameButForSlash } from './text.js'
import type { Json, JsonObject } from './types.js'

/**
 * A function if the issuer contains a tenant: it returns the issuer for the tenant of the claims, or undefined for a
 * tenant that is not allowed.
 */
export type ExpectedIssuer = string | ((claims: JsonObject) => string | undefined)

/**
 * The key of this token is not among the known ones; newer keys may contain it. A class of its own, because the caller
 * then fetches them.
 */
export class UnknownKey extends ProtocolError {}

/**
 * Requires that one of the provider's keys made the signature (OpenID Connect Core, 3.1.3.7, 6 to 8).
 * @throws UnknownKey if the provider's keys should be fetched once more
 * @throws ProtocolError id_token_invalid
 */
export function requireSignature(
  { header, signedBytes, signature }: UnverifiedJwt,
  jwks: Jwks,
  algs: readonly string[],
): void {
  const { alg, kid } = header
  if (!algs.includes(alg)) {
    throw invalidToken(`is signed with ${alg}, and ${algs.join(', ') || 'nothing'} is expected`, 'algorithm_other')
  }
  const keys = keysFor(jwks, header)
  if (keys === undefined) {
    const message = 'The token is signed with a key that is not among the keys of the provider'
    throw new UnknownKey('id_token_invalid', message, { hint: 'unknown_key' })
  }
  if (keys.some(key => verify(alg, key, signedBytes, signature))) return
  const message = 'The token has a signature that its key did not make'
  // Without a `kid` only the signature shows that the provider has replaced the key.
  const ErrorClass = kid === undefined ? UnknownKey : ProtocolError
  throw new ErrorClass('id_token_invalid', message, { hint: 'signature' })
}

/**
 * The issuer, which must be exactly the expected one (OpenID Connect Core, 3.1.3.7, 2).
 * @throws ProtocolError id_token_invalid
 */
export function readIssuer(claims: JsonObject, expected: ExpectedIssuer): string {
  const issuer = typeof expected === 'string' ? expected : expected(claims)
  if (issuer !== undefined && claims.iss === issuer) return issuer
  if (typeof expected !== 'string')
    throw invalidToken(`comes from another issuer${shownIssuer(claims.iss)}`, 'issuer_other')
  if (!isSameButForSlash(claims.iss, expected)) {
    throw invalidToken(`comes from another issuer than ${expected}${shownIssuer(claims.iss)}`, 'issuer_other')
  }
  throw invalidToken(
    `comes from another issuer than ${expected}: one of the two has a slash at its end`,
    'issuer_spelling',
  )
}

/**
 * The provider's own text, shortened and on one line. Only a URL can be an issuer, and any other text is not quoted.
 */
const shownIssuer = (iss: Json | undefined): string =>
  typeof iss === 'string' && /^https?:\/\//.test(iss) ? `: from "${cleanText(iss, 120)}"` : ''

/** The further audiences that a token may have beside our client id, as in the settings; `*` allows any. */
export type TrustedAudiences = readonly string[] | '*'

/**
 * Requires that this client is among the audiences, that all others are trusted, and that a token with several
 * audiences names this client in `azp` (OpenID Connect Core, 3.1.3.7, 3 to 5).
 * @throws ProtocolError id_token_invalid
 */
export function requireAudience(
  { aud = null, azp }: JsonObject,
  clientId: string,
  trusted: TrustedAudiences = [],
): void {
  const audiences = Array.isArray(aud) ? aud : [aud]
  const ownIndex = audiences.indexOf(clientId)
  if (ownIndex < 0) throw invalidToken('is for another audience', 'audience')
  requireTrusted(audiences.toSpliced(ownIndex, 1), trusted)
  if (audiences.length > 1 && azp === undefined)
    throw invalidToken('is for several, and has no azp that says whose it is', 'audience')
  if (azp !== undefined && azp !== clientId) throw invalidToken('was issued to another client', 'audience')
}

const MAX_SHOWN_AUDIENCES = 5

function requireTrusted(others: readonly Json[], trusted: TrustedAudiences): void {
  const isTrusted = (other: Json) => typeof other === 'string' && (trusted === '*' || trusted.includes(other))
  const untrusted = others.filter(other => !isTrusted(other))
  if (untrusted.length === 0) return
  const names = untrusted
    .slice(0, MAX_SHOWN_AUDIENCES)
    .map(other => (typeof other === 'string' ? `"${cleanText(other, 64)}"` : 'no text'))
  const all = names.join(', ') + (untrusted.length > MAX_SHOWN_AUDIENCES ? ' and more' : '')
  throw invalidToken(`is for others too: ${all}; <NAME>_AUDIENCES names those that are trusted`, 'other_audiences')
}

/** The clocks of two machines may differ by so much. */
export const CLOCK_TOLERANCE_SECONDS = 30

/** No token is accepted for longer, even if its `exp` is later. */
export const MAX_TOKEN_AGE_SECONDS = 24 * 60 * 60

/** The advice for times that do not fit, as the end of a sentence. */
export const CLOCK_HINT = "; if this repeats, compare this machine's clock with the provider's"

/**
 * Requires that the token is valid now and was not issued long ago (OpenID Connect Core, 3.1.3.7, 9 and 10).
 * @param now seconds
 * @throws ProtocolError id_token_invalid
 */
export function requireTimes({ exp, iat, nbf }: JsonObject, now: number): void {
  const expired = now - readTime(exp, 'exp')
  if (expired >= CLOCK_TOLERANCE_SECONDS)
    throw invalidToken(`expired ${Math.round(expired)} seconds ago${CLOCK_HINT}`, 'clock')
  const age = now - readTime(iat, 'iat')
  if (age < -CLOCK_TOLERANCE_SECONDS)
    throw invalidToken(`is issued ${Math.round(-age)} seconds from now${CLOCK_HINT}`, 'clock')
  if (age > MAX_TOKEN_AGE_SECONDS) throw invalidToken(`was issued ${Math.round(age)} seconds ago${CLOCK_HINT}`, 'clock')
  const early = nbf === undefined ? 0 : readTime(nbf, 'nbf') - now
  if (early > CLOCK_TOLERANCE_SECONDS)
    throw invalidToken(`is valid in ${Math.round(early)} seconds only${CLOCK_HINT}`, 'clock')
}

/** The last second that a Date can hold; a JSON number can be much larger. */
const MAX_TIME_SECONDS = 8.64e12

/**
 * A time of a token, in seconds since 1970 (RFC 7519, 2).
 * @throws ProtocolError id_token_invalid
 */
export function readTime(value: Json | undefined, name: string): number {
  // Without this check a text, or a list of one number, would count as the number.
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIME_SECONDS) return value
  throw invalidToken(`has an unusable ${name}, or none`)
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** The logout event of a token (OpenID Connect Back-Channel Logout 1.0, 2.4); undefined if it has none. */
export const logoutEventIn = ({ events = null }: JsonObject): Json | undefined =>
  isObject(events) && Object.hasOwn(events, LOGOUT_EVENT) ? events[LOGOUT_EVENT] : undefined

/** An error about a token; `what` is the rest of a sentence that begins with "The token". */
export const invalidToken = (what: string, hint?: ProtocolHint) =>
  new ProtocolError('id_token_invalid', `The token ${what}`, { hint })
