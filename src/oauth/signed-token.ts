import { verify } from '../crypto/signature.js'
import { isObject } from './answer.js'
import { ProtocolError, type ProtocolHint } from './errors.js'
import { type Jwks, keysFor } from './jwks.js'
import type { UnverifiedJwt } from './jwt.js'
import { cleanText, isSameButForSlash } from './text.js'
import type { Json, JsonObject } from './types.js'

/** Where issuers have a tenant in them, the issuer that these claims ask for; undefined for a tenant we do not take. */
export type ExpectedIssuer = string | ((claims: JsonObject) => string | undefined)

/** The keys at hand know nothing of this token's: newer ones may. A class of its own, because somebody fetches them. */
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
    throw invalid(`is signed with ${alg}, and ${algs.join(', ') || 'nothing'} is expected`, 'algorithm_other')
  }
  const keys = keysFor(jwks, header)
  if (keys === undefined) {
    const message = 'The token is signed with a key that is not among the keys of the provider'
    throw new UnknownKey('id_token_invalid', message, { hint: 'unknown_key' })
  }
  if (keys.some(key => verify(alg, key, signedBytes, signature))) return
  const message = 'The token has a signature that its key did not make'
  // Without a name only the signature can tell that the key is another one by now.
  const Refused = kid === undefined ? UnknownKey : ProtocolError
  throw new Refused('id_token_invalid', message, { hint: 'signature' })
}

/**
 * The issuer, to the letter (OpenID Connect Core, 3.1.3.7, 2).
 * @throws ProtocolError id_token_invalid
 */
export function readIssuer(claims: JsonObject, expected: ExpectedIssuer): string {
  const issuer = typeof expected === 'string' ? expected : expected(claims)
  if (issuer !== undefined && claims.iss === issuer) return issuer
  if (typeof expected !== 'string') throw invalid(`comes from another issuer${named(claims.iss)}`, 'issuer_other')
  if (!isSameButForSlash(claims.iss, expected)) {
    throw invalid(`comes from another issuer than ${expected}${named(claims.iss)}`, 'issuer_other')
  }
  throw invalid(`comes from another issuer than ${expected}: one of the two has a slash at its end`, 'issuer_spelling')
}

/** The provider's own text, cut and on one line. Only what is a URL is an issuer; anything else is not quoted. */
const named = (iss: Json | undefined): string =>
  typeof iss === 'string' && /^https?:\/\//.test(iss) ? `: from "${cleanText(iss, 120)}"` : ''

/** Whom a token of ours may be for besides us: the audiences that the settings name, or `*` for any. */
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
  const own = audiences.indexOf(clientId)
  if (own < 0) throw invalid('is for another audience', 'audience')
  requireTrusted(audiences.toSpliced(own, 1), trusted)
  if (audiences.length > 1 && azp === undefined)
    throw invalid('is for several, and has no azp that says whose it is', 'audience')
  if (azp !== undefined && azp !== clientId) throw invalid('was issued to another client', 'audience')
}

const MOST_SHOWN = 5

function requireTrusted(others: readonly Json[], trusted: TrustedAudiences): void {
  const isTrusted = (other: Json) => typeof other === 'string' && (trusted === '*' || trusted.includes(other))
  const refused = others.filter(other => !isTrusted(other))
  if (refused.length === 0) return
  const names = refused
    .slice(0, MOST_SHOWN)
    .map(other => (typeof other === 'string' ? `"${cleanText(other, 64)}"` : 'no text'))
  const all = names.join(', ') + (refused.length > MOST_SHOWN ? ' and more' : '')
  throw invalid(`is for others too: ${all}; <NAME>_AUDIENCES names those that are trusted`, 'other_audiences')
}

/** Seconds that two clocks may differ. */
export const TOLERANCE = 30

/** Seconds: a token is taken for so long at most, whatever it says itself. */
export const LONGEST_LIFE = 24 * 60 * 60

/** What to do where times do not fit, as the end of a sentence. */
export const COMPARE_CLOCKS = "; if this repeats, compare this machine's clock with the provider's"

/**
 * Issued already, not long ago, and not over (OpenID Connect Core, 3.1.3.7, 9 and 10).
 * @param now seconds
 * @throws ProtocolError id_token_invalid
 */
export function requireTimes({ exp, iat, nbf }: JsonObject, now: number): void {
  const expired = now - readTime(exp, 'exp')
  if (expired >= TOLERANCE) throw invalid(`expired ${Math.round(expired)} seconds ago${COMPARE_CLOCKS}`, 'clock')
  const age = now - readTime(iat, 'iat')
  if (age < -TOLERANCE) throw invalid(`is issued ${Math.round(-age)} seconds from now${COMPARE_CLOCKS}`, 'clock')
  if (age > LONGEST_LIFE) throw invalid(`was issued ${Math.round(age)} seconds ago${COMPARE_CLOCKS}`, 'clock')
  const early = nbf === undefined ? 0 : readTime(nbf, 'nbf') - now
  if (early > TOLERANCE) throw invalid(`is valid in ${Math.round(early)} seconds only${COMPARE_CLOCKS}`, 'clock')
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
  throw invalid(`has an unusable ${name}, or none`)
}

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** What a token says of a session that is over (OpenID Connect Back-Channel Logout 1.0, 2.4); undefined: nothing. */
export const logoutEventIn = ({ events = null }: JsonObject): Json | undefined =>
  isObject(events) && Object.hasOwn(events, LOGOUT_EVENT) ? events[LOGOUT_EVENT] : undefined

/** What is wrong with a token, as the rest of a sentence about it. */
export const invalid = (what: string, hint?: ProtocolHint) =>
  new ProtocolError('id_token_invalid', `The token ${what}`, { hint })
