import { isErrorCode } from './text.js'
import type { Json, JsonObject } from './types.js'

/**
 * The codes that say that a refresh token is not valid any more: of RFC 6749, of RFC 6750, and those of single
 * providers.
 */
export const INVALID_GRANT_CODES = [
  ...['invalid_grant', 'invalid_token'],
  ...['bad_refresh_token', 'invalid_refresh_token', 'expired_refresh_token', 'revoked_refresh_token'],
  ...['refresh_token_invalid', 'refresh_token_expired', 'refresh_token_revoked'],
]

/** About the client: `incorrect_client_credentials` is GitHub's code for `invalid_client`. */
export const CLIENT_ERROR_CODES = ['invalid_client', 'unauthorized_client', 'incorrect_client_credentials']

/** About the server, or about too many requests: the next request may succeed. */
export const TRANSIENT_ERROR_CODES = [
  ...['temporarily_unavailable', 'server_error', 'slow_down'],
  ...['rate_limited', 'rate_limit_exceeded', 'too_many_requests'],
]

const lettersOf = (text: string): string => text.replace(/[^a-z]/gi, '').toLowerCase()

const KNOWN_CODES: ReadonlyMap<string, string> = new Map(
  [...INVALID_GRANT_CODES, ...CLIENT_ERROR_CODES, ...TRANSIENT_ERROR_CODES].map(code => [lettersOf(code), code]),
)

/**
 * The error code in a response. Codes that this client knows are found in any case (`BAD_REFRESH_TOKEN`,
 * `InvalidGrant`), and where providers put them: in an object, or beside `error`. Others count only as RFC 6749 has
 * them.
 * @param status of success: the other fields are those of a token
 */
export function readErrorCode(fields: JsonObject, status: number): string | undefined {
  const { error = null } = fields
  const candidates = status < 400 ? candidatesIn(error) : [...candidatesIn(error), ...candidatesBeside(fields)]
  const known = candidates.map(knownCode).find(code => code !== undefined)
  return known ?? (isErrorCode(error) ? error : undefined)
}

function candidatesIn(error: Json): (Json | undefined)[] {
  if (typeof error !== 'object' || error === null || Array.isArray(error)) return [error]
  return [error.code, error.type, error.error, error.message]
}

const candidatesBeside = ({ error_code, errorCode, code, type, message }: JsonObject) => [
  ...[error_code, errorCode, code, type, message],
]

/** A code, or a sentence that contains only the code; any other text is ignored. */
const knownCode = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && /^[a-z][a-z_. -]{0,63}$/i.test(value) ? KNOWN_CODES.get(lettersOf(value)) : undefined
