import type { HttpResponse } from '../http/types.js'
import { isChangedByBasicAuth } from './client-auth.js'
import { CLIENT_ERROR_CODES, INVALID_GRANT_CODES, ProtocolError, TRANSIENT_ERROR_CODES } from './errors.js'
import { toUniqueMap } from './params.js'
import { isObject, readObject, requireSuccess, withoutByteOrderMark } from './response.js'
import { cleanText, isOAuthErrorCode, safeErrorCode } from './text.js'
import type { Json, JsonObject, OAuthClient, TokenSet } from './types.js'

/**
 * Reads a token response (RFC 6749, 5.1 and 5.2), also of a provider that answers 200 on errors, as GitHub does.
 * Of a key given twice in JSON the last one counts; in a form-encoded response each field may occur once. What is
 * needed is read strictly; a field that is not needed, and cannot be read, counts as absent.
 * @throws ProtocolError provider_error (with the provider's description as `providerMessage`), provider_malformed
 */
export const readTokenResponse = (response: HttpResponse, client: ResponseClient): TokenSet =>
  readTokenSet(response, client, client.readTokenResponse)

/**
 * Reads the response to a refresh (RFC 6749, 6) in the same way. Without a refresh token in it the old one stays valid.
 * @throws ProtocolError provider_error (its `oauthError` names an invalid grant), provider_malformed
 */
export const readRefreshResponse = (response: HttpResponse, client: ResponseClient): TokenSet =>
  readTokenSet(response, client, client.readRefreshResponse ?? client.readTokenResponse)

/**
 * Requires a response of success, and reads the error of RFC 6749, 5.2 from any other.
 * @throws ProtocolError provider_error, provider_malformed
 */
export function requireOAuthSuccess(response: HttpResponse, client: ResponseClient): void {
  if (response.status >= 300) rejectError(unwrapped(fieldsOfFailure(response)), response.status, client)
  requireSuccess(response)
}

function readTokenSet(response: HttpResponse, client: ResponseClient, reshape = identity): TokenSet {
  const fields = unwrapped(reshape(response.status < 300 ? readFields(response) : fieldsOfFailure(response)))
  rejectError(fields, response.status, client)
  requireSuccess(response)
  return {
    accessToken: readAccessToken(fields.access_token),
    tokenType: readTokenType(fields.token_type),
    refreshToken: readRefreshToken(fields.refresh_token),
    expiresIn: secondsOf(fields.expires_in),
    refreshExpiresIn: readRefreshExpiresIn(fields),
    scope: readScope(fields.scope),
    idToken: readIdToken(fields.id_token),
  }
}

type ResponseClient = Partial<OAuthClient>

const identity = (fields: JsonObject): JsonObject => fields

/** Some APIs put each response into `data`. The fields beside it are read only if they hold a token or an error. */
function unwrapped(fields: JsonObject): JsonObject {
  const { data = null, access_token: accessToken = null, error = null } = fields
  return isObject(data) && accessToken === null && error === null ? data : fields
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
/** A field and its value first, and nothing that a form would encode: no mark-up, no JSON, no blank. */
const FORM = /^[\w.~-]+=(?:[\w.~*!'()/:;,@$=&?+-]|%[\da-f]{2})*$/i

/** JSON, or a form as old servers send it, whatever its media type. */
function readFields(response: HttpResponse): JsonObject {
  const body = withoutByteOrderMark(response.body).trim()
  if (body.startsWith('{') || !(response.mediaType === FORM_TYPE || FORM.test(body))) return readObject(response)
  return Object.fromEntries(toUniqueMap(new URLSearchParams(body), 'provider_malformed'))
}

/** A failure is known by its status; what its body says is welcome, but an unreadable one changes nothing. */
function fieldsOfFailure(response: HttpResponse): JsonObject {
  if (response.status < 400) return {}
  try {
    return readFields(response)
  } catch {
    return {}
  }
}

/** The server knew this client and its secret, and did not allow the request. */
const CREDENTIAL_ERROR_CODES = CLIENT_ERROR_CODES.filter(code => code !== 'unauthorized_client')

function rejectError(fields: JsonObject, status: number, client: ResponseClient): void {
  const { error = null, error_description: description } = fields
  const code = readErrorCode(fields, status)
  if (error === null && code === undefined && status !== 401) return
  const isClientRejected =
    CREDENTIAL_ERROR_CODES.includes(code ?? '') || (status === 401 && !INVALID_GRANT_CODES.includes(code ?? ''))
  const isEncoded = isClientRejected && isChangedByBasicAuth(client)
  const reason = isClientRejected
    ? `The client credentials were refused: check the client id and the client secret${isEncoded ? CLIENT_SECRET_POST_HINT : ''}`
    : 'The token endpoint answered with an error'
  throw new ProtocolError('provider_error', `${reason} (status ${status}, error ${safeErrorCode(code ?? error)})`, {
    providerMessage: typeof description === 'string' ? cleanText(description, 200) : undefined,
    status,
    oauthError: code,
    hint: isClientRejected ? (isEncoded ? 'client_refused_encoded' : 'client_refused') : undefined,
  })
}

const CLIENT_SECRET_POST_HINT =
  '; if they are right, the server may not decode the characters that client_secret_basic encodes: ' +
  'set <NAME>_TOKEN_ENDPOINT_AUTH_METHOD=client_secret_post'

/**
 * The error code in a response. Codes that this client knows are found in any case (`BAD_REFRESH_TOKEN`,
 * `InvalidGrant`), and where providers put them: in an object, or beside `error`. Others count only as RFC 6749 has
 * them.
 * @param status of success: the other fields are those of a token
 */
function readErrorCode(fields: JsonObject, status: number): string | undefined {
  const { error = null } = fields
  const candidates = status < 400 ? candidatesIn(error) : [...candidatesIn(error), ...candidatesBeside(fields)]
  const known = candidates.map(knownCode).find(code => code !== undefined)
  return known ?? (isOAuthErrorCode(error) ? error : undefined)
}

const lettersOf = (text: string): string => text.replace(/[^a-z]/gi, '').toLowerCase()

const KNOWN_CODES: ReadonlyMap<string, string> = new Map(
  [...INVALID_GRANT_CODES, ...CLIENT_ERROR_CODES, ...TRANSIENT_ERROR_CODES].map(code => [lettersOf(code), code]),
)

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

/** Visible ASCII and space (RFC 6749, A.12 and A.17), less the space: a token with one would split its header. */
const TOKEN = /^[\x21-\x7e]+$/

function readAccessToken(value: Json | undefined): string {
  if (typeof value === 'string' && TOKEN.test(value)) return value
  throw new ProtocolError(
    'provider_malformed',
    'The token endpoint answered with an unusable access_token, or with none',
    { hint: 'access_token_missing' },
  )
}

function readRefreshToken(value: Json | undefined): string | undefined {
  return typeof value === 'string' && TOKEN.test(value) ? value : undefined
}

/**
 * As it came (OpenID Connect Core, 3.1.3.3). What is no text becomes an empty one: OAuth 2.0 does not look at it, and
 * OpenID Connect refuses it like any other that does not hold, which a missing one would not be at a refresh.
 */
function readIdToken(value: Json = null): string | undefined {
  if (value === null) return undefined
  return typeof value === 'string' ? value : ''
}

/**
 * Types whose tokens are of no use without a proof that is not ours to give (RFC 6749, 7.1), or are no access tokens.
 */
const UNUSABLE_TOKEN_TYPES = ['mac', 'hmac', 'dpop', 'pop', 'n_a']

/**
 * Whatever else stands there, or nothing at all: it is sent as a bearer token, to the provider that gave it, which
 * refuses it if it meant something else.
 */
function readTokenType(value: Json = null): 'Bearer' {
  const type = typeof value === 'string' ? value.trim() : ''
  if (!UNUSABLE_TOKEN_TYPES.includes(type.toLowerCase())) return 'Bearer'
  throw new ProtocolError(
    'provider_malformed',
    `The token endpoint answered with a token of the type ${type}, which cannot be used here: let the provider give Bearer tokens to this client`,
    { hint: 'token_type' },
  )
}

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 60 * 60

/**
 * GitHub and LinkedIn call it by the first name, Keycloak by the second: a hint, of which an unusable one says nothing.
 */
const REFRESH_LIFETIMES = ['refresh_token_expires_in', 'refresh_expires_in']

/** A lifetime of 0 is Keycloak's way to say that it never ends. */
const readRefreshExpiresIn = (fields: JsonObject): number | undefined =>
  REFRESH_LIFETIMES.map(name => secondsOf(fields[name])).find(seconds => seconds !== undefined && seconds > 0)

/** Some providers send them as text. Anything absurdly far off is cut, so that a date can be made of it. */
function secondsOf(value: Json | undefined): number | undefined {
  const text = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
  const seconds = typeof value === 'number' || text ? Number(value) : Number.NaN
  return seconds >= 0 ? Math.min(Math.floor(seconds), TEN_YEARS_SECONDS) : undefined
}

const SCOPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** Scope tokens (RFC 6749, 3.3), space-separated; GitHub separates them with commas. */
export const scopeTokens = (scope: string): string[] => scope.split(/[ ,]/).filter(token => token !== '')

/** A text of them, or a list. */
function readScope(value: Json = null): string[] | undefined {
  const parts = Array.isArray(value) ? value : [value]
  if (!parts.every(part => typeof part === 'string' && SCOPE.test(part))) return undefined
  return parts.flatMap(part => scopeTokens(String(part)))
}
