import { isErrorName } from './text.js'
import type { Json, JsonObject } from './types.js'

/** The ways to say that a refresh token is good no more: RFC 6749's, RFC 6750's, and those that providers made up. */
export const GRANT_OVER_WORDS = [
  ...['invalid_grant', 'invalid_token'],
  ...['bad_refresh_token', 'invalid_refresh_token', 'expired_refresh_token', 'revoked_refresh_token'],
  ...['refresh_token_invalid', 'refresh_token_expired', 'refresh_token_revoked'],
]

/** About the client: `incorrect_client_credentials` is GitHub's word for `invalid_client`. */
export const CLIENT_WORDS = ['invalid_client', 'unauthorized_client', 'incorrect_client_credentials']

/** About the server, or about how often it is asked: the next request may succeed. */
export const PASSING_WORDS = [
  ...['temporarily_unavailable', 'server_error', 'slow_down'],
  ...['rate_limited', 'rate_limit_exceeded', 'too_many_requests'],
]

const lettersOf = (text: string): string => text.replace(/[^a-z]/gi, '').toLowerCase()

const KNOWN: ReadonlyMap<string, string> = new Map(
  [...GRANT_OVER_WORDS, ...CLIENT_WORDS, ...PASSING_WORDS].map(word => [lettersOf(word), word]),
)

/**
 * The name of the error in an answer. Names that this client knows are found in any case (`BAD_REFRESH_TOKEN`,
 * `InvalidGrant`), and where providers put them: in an object, or beside `error`. Others count only as RFC 6749 has them.
 * @param status of success: the other fields are those of a token
 */
export function errorWordIn(fields: JsonObject, status: number): string | undefined {
  const { error = null } = fields
  const places = status < 400 ? placesIn(error) : [...placesIn(error), ...placesBeside(fields)]
  const known = places.map(knownWord).find(word => word !== undefined)
  return known ?? (isErrorName(error) ? error : undefined)
}

function placesIn(error: Json): (Json | undefined)[] {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return [error]
  return [error.code, error.type, error.error, error.message]
}

const placesBeside = ({ error_code, errorCode, code, type, message }: JsonObject) => [
  ...[error_code, errorCode, code, type, message],
]

/** A word, or a sentence that is nothing but the word; of any other text nothing is taken. */
const knownWord = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && /^[a-z][a-z_. -]{0,63}$/i.test(value) ? KNOWN.get(lettersOf(value)) : undefined
