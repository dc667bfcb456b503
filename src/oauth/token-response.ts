import type { HttpResponse } from '../http/types.js'
import { isChangedByBasicAuth } from './client-auth.js'
import { CLIENT_ERROR_CODES, INVALID_GRANT_CODES, ProtocolError, TRANSIENT_ERROR_CODES } from './errors.js'
import { toUniqueMap } from './params.js'
import { isObject, readObject, requireSuccess, withoutByteOrderMark } from './response.js'
import { cleanText, isOAuthErrorCode, safeErrorCode } from './text.js'
import type { Json, JsonObject, OAuthClient, TokenSet } from './types.js'

/**
 * Reads a token response (RFC 6749, 5.1 and 5.2), also of a provider that answers 200 on errors, as GitHub does. If
 * JSON has a key twice, the last one counts; in a form-encoded response each field may occur once. Required fields are
 * read strictly; an unreadable field that is not required counts as absent.
 * @throws ProtocolError provider_error (with the provider's description as `providerMessage`), provider_malformed
 */
export const readTokenResponse = (response: HttpResponse, client: ResponseClient): TokenSet =>
  readTokenSet(response, client, client.readTokenResponse)

/**
 * Reads the response to a refresh (RFC 6749, 6) in the same way. If it has no refresh token, the old one stays valid.
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

/** Some APIs put each response into `data`. The fields beside it are read only if they contain a token or an error. */
function unwrapped(fields: JsonObject): JsonObject {
  const { data = null, access_token: accessToken = null, error = null } = fields
  return isObject(data) && accessToken === null && error === null ? data : fields
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
/** A field with its value, and only characters that a form does not encode: no mark-up, no JSON, no space. */
const FORM = /^[\w.~-]+=(?:[\w.~*!'()/:;,@$=&?+-]|%[\da-f]{2})*$/i

/** JSON, or a form as old servers send it, with any media type. */
function readFields(response: HttpResponse): JsonObject {
  const body = withoutByteOrderMark(response.body).trim()
  if (body.startsWith('{') || !(response.mediaType === FORM_TYPE || FORM.test(body))) return readObject(response)
  return Object.fromEntries(toUniqueMap(new URLSearchParams(body), 'provider_malformed'))
}

/** The status shows the failure; the body can add details, and an unreadable body changes nothing. */
function fieldsOfFailure(response: HttpResponse): JsonObject {
  if (response.status < 400) return {}
  try {
    return readFields(response)
  } catch {
    return {}
  }
}

/**
 * Without `unauthorized_client`: with it the server accepted the client and its secret, and did not allow the request.
 */
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
  error_code,
  errorCode,
  code,
  type,
  message,
]

/** A code, or a sentence that contains only the code; any other text is ignored. */
const knownCode = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && /^[a-z][a-z_. -]{0,63}$/i.test(value) ? KNOWN_CODES.get(lettersOf(value)) : undefined

/** Visible ASCII (RFC 6749, A.12 and A.17); a space is not allowed, because it would split the header. */
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
 * The ID token as it came (OpenID Connect Core, 3.1.3.3). A value that is not a text becomes an empty text: OAuth 2.0
 * does not read it, and OpenID Connect rejects it like any other invalid token, while a refresh accepts a missing one.
 */
function readIdToken(value: Json = null): string | undefined {
  if (value === null) return undefined
  return typeof value === 'string' ? value : ''
}

/**
 * Types whose tokens need a proof that this client cannot give (RFC 6749, 7.1), or that are not access tokens.
 */
const UNUSABLE_TOKEN_TYPES = ['mac', 'hmac', 'dpop', 'pop', 'n_a']

/**
 * Any other type, also a missing one, counts as Bearer: the token is sent only to the provider that issued it, and the
 * provider rejects it if it meant another type.
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
 * GitHub and LinkedIn use the first name, Keycloak the second. The value is a hint, and an unusable one is ignored.
 */
const REFRESH_LIFETIMES = ['refresh_token_expires_in', 'refresh_expires_in']

/** Keycloak sends 0 for a lifetime without end. */
const readRefreshExpiresIn = (fields: JsonObject): number | undefined =>
  REFRESH_LIFETIMES.map(name => secondsOf(fields[name])).find(seconds => seconds !== undefined && seconds > 0)

/** Some providers send a text. A value beyond ten years is reduced, so that a date can be made of it. */
function secondsOf(value: Json | undefined): number | undefined {
  const text = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
  const seconds = typeof value === 'number' || text ? Number(value) : Number.NaN
  return seconds >= 0 ? Math.min(Math.floor(seconds), TEN_YEARS_SECONDS) : undefined
}

const SCOPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** Scope tokens (RFC 6749, 3.3), space-separated; GitHub separates them with commas. */
export const scopeTokens = (scope: string): string[] => scope.split(/[ ,]/).filter(token => token !== '')

/** A text of scopes, or a list. */
function readScope(value: Json = null): string[] | undefined {
  const parts = Array.isArray(value) ? value : [value]
  if (!parts.every(part => typeof part === 'string' && SCOPE.test(part))) return undefined
  return parts.flatMap(part => scopeTokens(String(part)))
}
