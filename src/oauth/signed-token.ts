import { verify } from '../crypto/signature.js'
import { ProtocolError, type ProtocolHint } from './errors.js'
import { type Jwks, keysFor } from './jwks.js'
import type { UnverifiedJwt } from './jwt.js'
import { isObject } from './response.js'
import { cleanText, isSameButForSlash } from './text.js'
import type { Json, JsonObject } from './types.js'

/** Where issuers have a tenant in them, the issuer that these claims ask for; undefined for a tenant we do not take. */
export type ExpectedIssuer = string | ((claims: JsonObject) => string | undefined)

/**
 * The key of this token is not among the known ones; newer keys may contain it. A class of its own, because the caller
 * then fetches them.
 */
export class UnknownKey extends ProtocolError {}

/**
 * The signature of a token of the provider's, by one of its keys (OpenID Connect Core, 3.1.3.7, 6 to 8).
 * @throws UnknownKey where the provider's keys should be fetched once more
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
  // Without a name only the signature can tell that the key is another one by now.
  const ErrorClass = kid === undefined ? UnknownKey : ProtocolError
  throw new ErrorClass('id_token_invalid', message, { hint: 'signature' })
}

/**
 * The issuer, to the letter (OpenID Connect Core, 3.1.3.7, 2).
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

/** The provider's own text, cut and on one line. Only what is a URL is an issuer; anything else is not quoted. */
const shownIssuer = (iss: Json | undefined): string =>
  typeof iss === 'string' && /^https?:\/\//.test(iss) ? `: from "${cleanText(iss, 120)}"` : ''

/** The further audiences that a token may have beside our client id, as in the settings; `*` allows any. */
export type TrustedAudiences = readonly string[] | '*'

/**
 * We are among the audiences, and all others are trusted; where there are several, the token says itself that it was
 * issued to us (OpenID Connect Core, 3.1.3.7, 3 to 5).
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

/** Seconds that two clocks may differ. */
export const CLOCK_TOLERANCE_SECONDS = 30

/** Seconds: a token is accepted for so long at most, whatever its `exp` says. */
export const MAX_TOKEN_AGE_SECONDS = 24 * 60 * 60

/** The advice for times that do not fit, as the end of a sentence. */
export const CLOCK_HINT = "; if this repeats, compare this machine's clock with the provider's"

/**
 * Issued already, not long ago, and not over (OpenID Connect Core, 3.1.3.7, 9 and 10).
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

/** The last second that a date can hold; JSON's own numbers go much further. */
const LAST_SECOND = 8.64e12

/**
 * A time of a token, in seconds since 1970 (RFC 7519, 2).
 * @throws ProtocolError id_token_invalid
 */
export function readTime(value: Json | undefined, name: string): number {
  // Compared unchecked, a text or a list of one number would pass for that number.
  if (typeof value === 'number' && value >= 0 && value <= LAST_SECOND) return value
  throw invalidToken(`has an unusable ${name}, or none`)
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** What a token says of a session that is over (OpenID Connect Back-Channel Logout 1.0, 2.4); undefined: nothing. */
export const logoutEventIn = ({ events = null }: JsonObject): Json | undefined =>
  isObject(events) && Object.hasOwn(events, LOGOUT_EVENT) ? events[LOGOUT_EVENT] : undefined

/** What is wrong with a token, as the rest of a sentence about it. */
export const invalidToken = (what: string, hint?: ProtocolHint) =>
  new ProtocolError('id_token_invalid', `The token ${what}`, { hint })
