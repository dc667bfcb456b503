import { readObject, requireSuccess } from './answer.js'
import { ProtocolError } from './errors.js'
import { allOnce } from './params.js'
import { cleanText, errorName, isErrorName } from './text.js'
import type { Answer, Json, JsonObject, OAuthClient, TokenSet } from './types.js'

/**
 * Reads the answer of a token endpoint (RFC 6749, 5.1 and 5.2), also of one that answers 200 on errors, as GitHub does.
 * Of a key given twice in JSON the last one counts.
 * @param client `formEncodedAnswers`: a form-encoded answer is read too, each field at most once
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
  if (answer.status >= 300) refuseError(fieldsOfFailure(answer, client), answer.status)
  requireSuccess(answer)
}

function readAnswer(answer: Answer, client: AnswerReading, reshape = asItIs): TokenSet {
  const fields = reshape(answer.status < 300 ? readFields(answer, client) : fieldsOfFailure(answer, client))
  refuseError(fields, answer.status)
  requireSuccess(answer)
  return {
    accessToken: readAccessToken(fields.access_token),
    tokenType: readTokenType(fields.token_type),
    refreshToken: readRefreshToken(fields.refresh_token),
    expiresIn: readExpiresIn(fields.expires_in),
    refreshExpiresIn: readRefreshExpiresIn(fields),
    scope: readScope(fields.scope),
    idToken: readIdToken(fields.id_token),
  }
}

type AnswerReading = Pick<OAuthClient, 'formEncodedAnswers' | 'readTokenAnswer' | 'readRefreshAnswer'>

const asItIs = (fields: JsonObject): JsonObject => fields

function readFields(answer: Answer, { formEncodedAnswers }: AnswerReading): JsonObject {
  if (!formEncodedAnswers || answer.mediaType !== 'application/x-www-form-urlencoded') return readObject(answer)
  return Object.fromEntries(allOnce(new URLSearchParams(answer.body), 'provider_malformed'))
}

/** A failure is known by its status; what its body says is welcome, but an unreadable one changes nothing. */
function fieldsOfFailure(answer: Answer, client: AnswerReading): JsonObject {
  if (answer.status < 400) return {}
  try {
    return readFields(answer, client)
  } catch {
    return {}
  }
}

/** `incorrect_client_credentials` is GitHub's word for `invalid_client`. */
const CREDENTIALS_REFUSED: readonly Json[] = ['invalid_client', 'incorrect_client_credentials']

function refuseError({ error = null, error_description: description }: JsonObject, status: number): void {
  if (error === null && status !== 401) return
  const said = typeof description === 'string' ? cleanText(description, 200) : undefined
  const reason =
    status === 401 || CREDENTIALS_REFUSED.includes(error)
      ? 'The client credentials were refused: check the client id and the client secret'
      : 'The token endpoint answered with an error'
  const message = `${reason} (status ${status}, error ${errorName(error)})`
  throw new ProtocolError('provider_error', message, said, status, isErrorName(error) ? error : undefined)
}

/** Visible ASCII and space (RFC 6749, A.12 and A.17), less the space: a token with one would split its header. */
const TOKEN = /^[\x21-\x7e]+$/

function readAccessToken(value: Json | undefined): string {
  if (typeof value === 'string' && TOKEN.test(value)) return value
  throw malformed('access_token')
}

function readRefreshToken(value: Json = null): string | undefined {
  if (value === null || value === '') return undefined
  if (typeof value === 'string' && TOKEN.test(value)) return value
  throw malformed('refresh_token')
}

/** What stands in it is not looked at here (OpenID Connect Core, 3.1.3.3). */
function readIdToken(value: Json = null): string | undefined {
  if (value === null) return undefined
  if (typeof value === 'string' && TOKEN.test(value)) return value
  throw malformed('id_token')
}

/** Any other type than Bearer would need a proof that is not ours to give (RFC 6749, 7.1). */
function readTokenType(value: Json | undefined): 'Bearer' {
  if (typeof value === 'string' && value.toLowerCase() === 'bearer') return 'Bearer'
  throw malformed('token_type')
}

const TEN_YEARS = 10 * 365 * 24 * 60 * 60

function readExpiresIn(value: Json = null): number | undefined {
  if (value === null) return undefined
  const seconds = secondsOf(value)
  if (seconds === undefined) throw malformed('expires_in')
  return seconds
}

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

/** Scope tokens (RFC 6749, 3.3), space-separated; GitHub separates them with commas. */
export const scopeTokens = (scope: string): string[] => scope.split(/[ ,]/).filter(token => token !== '')

function readScope(value: Json = null): string[] | undefined {
  if (value === null) return undefined
  if (typeof value === 'string' && /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(value)) {
    return scopeTokens(value)
  }
  throw malformed('scope')
}

const malformed = (field: string) =>
  new ProtocolError('provider_malformed', `The token endpoint answered with an unusable ${field}, or with none`)
