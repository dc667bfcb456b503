import { readObject, requireSuccess } from './answer.js'
import { proveClient } from './client-auth.js'
import { withoutEcho } from './echo.js'
import { ProtocolError } from './errors.js'
import { allOnce, formEncode, type Pairs, RESERVED_TOKEN_PARAMS, withExtras } from './params.js'
import { cleanText, errorName } from './text.js'
import type { Answer, Json, JsonObject, OAuthClient, OutboundRequest, Send, TokenSet } from './types.js'

/** What is spent at the token endpoint: the code, with what it was asked for. */
export interface CodeQuestion {
  code: string
  codeVerifier: string
  redirectUri: string
}

/**
 * Spends a code: question, way out, answer. It is never tried twice, because a code works once (RFC 6749, 4.1.2).
 * @throws ProtocolError provider_error, provider_malformed; and whatever `send` throws
 */
export async function exchangeCode(send: Send, client: OAuthClient, question: CodeQuestion): Promise<TokenSet> {
  const request = tokenRequest(client, question)
  const answer = await send(request)
  try {
    return readTokenAnswer(answer, client)
  } catch (error) {
    throw withoutEcho(error, answer, request, client)
  }
}

/** The question at the token endpoint (RFC 6749, 4.1.3; PKCE: RFC 7636, 4.5). */
export function tokenRequest(client: OAuthClient, question: CodeQuestion): OutboundRequest {
  const proof = proveClient(client)
  const ours: [string, string][] = [
    ['grant_type', 'authorization_code'],
    ['code', question.code],
    ['redirect_uri', question.redirectUri],
  ]
  if (client.pkce) ours.push(['code_verifier', question.codeVerifier])
  return {
    method: 'POST',
    url: client.tokenUrl,
    headers: {
      // Without it GitHub answers form-encoded.
      Accept: 'application/json',
      ...client.tokenHeaders,
      ...bodyOf(client).headers,
      ...proof.headers,
    },
    body: bodyOf(client).write(withExtras([...ours, ...proof.params], client.tokenParams, RESERVED_TOKEN_PARAMS)),
  }
}

const FORM = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, write: formEncode }
const JSON_TEXT = {
  headers: { 'Content-Type': 'application/json' },
  write: (pairs: Pairs) => JSON.stringify(Object.fromEntries(pairs)),
}

const bodyOf = ({ tokenRequestForm }: OAuthClient) => (tokenRequestForm === 'json' ? JSON_TEXT : FORM)

/**
 * Reads the answer of a token endpoint (RFC 6749, 5.1 and 5.2), also of one that answers 200 on errors, as GitHub does.
 * Of a key given twice in JSON the last one counts.
 * @param client `formEncodedAnswers`: a form-encoded answer is read too, each field at most once
 * @throws ProtocolError provider_error (with the provider's description as `said`), provider_malformed
 */
export function readTokenAnswer(answer: Answer, client: AnswerReading): TokenSet {
  const { reshapeTokenAnswer = asItIs } = client
  const fields = reshapeTokenAnswer(answer.status < 300 ? readFields(answer, client) : fieldsOfFailure(answer, client))
  refuseError(fields, answer.status)
  requireSuccess(answer)
  return {
    accessToken: readAccessToken(fields.access_token),
    tokenType: readTokenType(fields.token_type),
    refreshToken: readRefreshToken(fields.refresh_token),
    expiresIn: readExpiresIn(fields.expires_in),
    scope: readScope(fields.scope),
    idToken: readIdToken(fields.id_token),
  }
}

type AnswerReading = Pick<OAuthClient, 'formEncodedAnswers' | 'reshapeTokenAnswer'>

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
  throw new ProtocolError('provider_error', `${reason} (status ${status}, error ${errorName(error)})`, said, status)
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

/** Seconds; some providers send them as text. Anything absurdly far off is cut, so that a date can be made of it. */
function readExpiresIn(value: Json = null): number | undefined {
  if (value === null) return undefined
  const text = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
  const seconds = typeof value === 'number' || text ? Number(value) : Number.NaN
  if (seconds >= 0) return Math.min(Math.floor(seconds), TEN_YEARS)
  throw malformed('expires_in')
}

/** Scope tokens (RFC 6749, 3.3), space-separated; GitHub separates them with commas. */
function readScope(value: Json = null): string[] | undefined {
  if (value === null) return undefined
  if (typeof value === 'string' && /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(value)) {
    return value.split(/[ ,]/).filter(token => token !== '')
  }
  throw malformed('scope')
}

const malformed = (field: string) =>
  new ProtocolError('provider_malformed', `The token endpoint answered with an unusable ${field}, or with none`)
