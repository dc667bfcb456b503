import { isObject, readObject, requireSuccess, withoutMark } from './answer.js'
import { isChangedByBasic } from './client-auth.js'
import { CLIENT_WORDS, errorWordIn, GRANT_OVER_WORDS } from './error-words.js'
import { ProtocolError } from './errors.js'
import { allOnce } from './params.js'
import { cleanText, errorName } from './text.js'
import type { Answer, Json, JsonObject, OAuthClient, TokenSet } from './types.js'

/**
 * Reads the answer of a token endpoint (RFC 6749, 5.1 and 5.2), also of one that answers 200 on errors, as GitHub does.
 * Of a key given twice in JSON the last one counts; of a form-encoded answer each field is read at most once. What is
 * needed is read strictly; a field that is not needed, and cannot be read, counts as absent.
 * @throws ProtocolError provider_error (with the provider's description as `said`), provider_malformed
 */
export const readTokenAnswer = (answer: Answer, client: AnswerReading): TokenSet =>
  readAnswer(answer, client, client.readTokenAnswer)

/**
 * Reads the answer to a refresh (RFC 6749, 6), the same way. Without a refresh token in it the old one stays good.
 * @throws ProtocolError provider_error (its `oauthError` names a grant that is over), provider_malformed
 */
export const readRefreshAnswer = (answer: Answer, client: AnswerReading): TokenSet =>
  readAnswer(answer, client, client.readRefreshAnswer ?? client.readTokenAnswer)

/**
 * Lets only an answer of success pass, and reads of any other what RFC 6749, 5.2 has for it.
 * @throws ProtocolError provider_error, provider_malformed
 */
export function refuseFailure(answer: Answer, client: AnswerReading): void {
  if (answer.status >= 300) refuseError(unwrapped(fieldsOfFailure(answer)), answer.status, client)
  requireSuccess(answer)
}

function readAnswer(answer: Answer, client: AnswerReading, reshape = asItIs): TokenSet {
  const fields = unwrapped(reshape(answer.status < 300 ? readFields(answer) : fieldsOfFailure(answer)))
  refuseError(fields, answer.status, client)
  requireSuccess(answer)
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

type AnswerReading = Partial<OAuthClient>

const asItIs = (fields: JsonObject): JsonObject => fields

/** Some APIs put each of their answers into `data`. What stands beside it is read only where it says something itself. */
function unwrapped(fields: JsonObject): JsonObject {
  const { data = null, access_token: accessToken = null, error = null } = fields
  return isObject(data) && accessToken === null && error === null ? data : fields
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
/** A field and its value first, and nothing that a form would encode: no mark-up, no JSON, no blank. */
const FORM = /^[\w.~-]+=(?:[\w.~*!'()/:;,@$=&?+-]|%[\da-f]{2})*$/i

/** JSON, or a form as old servers answer with, whatever its media type. */
function readFields(answer: Answer): JsonObject {
  const body = withoutMark(answer.body).trim()
  if (body.startsWith('{') || !(answer.mediaType === FORM_TYPE || FORM.test(body))) return readObject(answer)
  return Object.fromEntries(allOnce(new URLSearchParams(body), 'provider_malformed'))
}

/** A failure is known by its status; what its body says is welcome, but an unreadable one changes nothing. */
function fieldsOfFailure(answer: Answer): JsonObject {
  if (answer.status < 400) return {}
  try {
    return readFields(answer)
  } catch {
    return {}
  }
}

/** A client that is known, and may not do this, has given its secret rightly. */
const CREDENTIALS_REFUSED = CLIENT_WORDS.filter(word => word !== 'unauthorized_client')

function refuseError(fields: JsonObject, status: number, client: AnswerReading): void {
  const { error = null, error_description: description } = fields
  const word = errorWordIn(fields, status)
  if (error === null && word === undefined && status !== 401) return
  const isRefused =
    CREDENTIALS_REFUSED.includes(word ?? '') || (status === 401 && !GRANT_OVER_WORDS.includes(word ?? ''))
  const isEncoded = isRefused && isChangedByBasic(client)
  const reason = isRefused
    ? `The client credentials were refused: check the client id and the client secret${isEncoded ? TRY_POST : ''}`
    : 'The token endpoint answered with an error'
  throw new ProtocolError('provider_error', `${reason} (status ${status}, error ${errorName(word ?? error)})`, {
    said: typeof description === 'string' ? cleanText(description, 200) : undefined,
    status,
    oauthError: word,
    hint: isRefused ? (isEncoded ? 'client_refused_encoded' : 'client_refused') : undefined,
  })
}

const TRY_POST =
  '; if they are right, the server may not decode the characters that client_secret_basic encodes: ' +
  'set <NAME>_TOKEN_ENDPOINT_AUTH_METHOD=client_secret_post'

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

/** Types whose tokens are of no use without a proof that is not ours to give (RFC 6749, 7.1), or are no access tokens. */
const NOT_BEARER = ['mac', 'hmac', 'dpop', 'pop', 'n_a']

/**
 * Whatever else stands there, or nothing at all: it is sent as a bearer token, to the provider that gave it, which
 * refuses it if it meant something else.
 */
function readTokenType(value: Json = null): 'Bearer' {
  const type = typeof value === 'string' ? value.trim() : ''
  if (!NOT_BEARER.includes(type.toLowerCase())) return 'Bearer'
  throw new ProtocolError(
    'provider_malformed',
    `The token endpoint answered with a token of the type ${type}, which cannot be used here: let the provider give Bearer tokens to this client`,
    { hint: 'token_type' },
  )
}

const TEN_YEARS = 10 * 365 * 24 * 60 * 60

/** GitHub and LinkedIn call it by the first name, Keycloak by the second: a hint, of which an unusable one says nothing. */
const REFRESH_LIFETIMES = ['refresh_token_expires_in', 'refresh_expires_in']

/** A lifetime of 0 is Keycloak's way to say that it never ends. */
const readRefreshExpiresIn = (fields: JsonObject): number | undefined =>
  REFRESH_LIFETIMES.map(name => secondsOf(fields[name])).find(seconds => seconds !== undefined && seconds > 0)

/** Some providers send them as text. Anything absurdly far off is cut, so that a date can be made of it. */
function secondsOf(value: Json | undefined): number | undefined {
  const text = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
  const seconds = typeof value === 'number' || text ? Number(value) : Number.NaN
  return seconds >= 0 ? Math.min(Math.floor(seconds), TEN_YEARS) : undefined
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
