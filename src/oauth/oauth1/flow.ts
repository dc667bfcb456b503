import { timingSafeEqual } from '../../crypto/digest.js'
import type { HttpRequest, HttpResponse, Params, Send } from '../../http/types.js'
import { inStep, ProtocolError } from '../errors.js'
import { formEncode, mergeParams, single, toUniqueMap, withQuery } from '../params.js'
import { redactSecrets } from '../redact.js'
import { isOAuthErrorCode, safeErrorCode } from '../text.js'
import { readFormResponse } from './form-response.js'
import { type Credentials, type SigningClient, signatureOf, signRequest, type TimestampAndNonce } from './sign.js'

/** A client of one OAuth 1.0a provider. */
export interface OAuth1Client extends SigningClient {
  requestTokenUrl: string
  authorizeUrl: string
  tokenUrl: string
  authorizeParams: Params
  requestTokenParams: Params
}

declare const checked: unique symbol

/**
 * The credentials for one sign-in. Only `readTemporaryCredentials` makes them, after the provider has confirmed our
 * callback.
 */
export interface TemporaryCredentials extends Credentials {
  readonly [checked]: true
}

/** The verifier of a callback. Only `readOAuth1Callback` makes one. */
export type Verifier = string & { readonly [checked]: true }

/** A user's token and the fields that the provider sends with it, such as `user_id` and `screen_name`. */
export interface TokenCredentials extends Credentials {
  extras: ReadonlyMap<string, string>
}

/** The parameters that extra parameters can never set. */
const RESERVED_PARAMS = ['oauth_*']

/**
 * Requests temporary credentials: builds the request, sends it, reads the response.
 * @throws ProtocolError provider_error, provider_malformed; and the errors of `send`
 */
export async function requestTemporaryCredentials(
  send: Send,
  client: OAuth1Client,
  redirectUri: string,
  timestampAndNonce: TimestampAndNonce,
): Promise<TemporaryCredentials> {
  return inStep('temporary_credentials', client.requestTokenUrl, async () => {
    const response = await send(temporaryCredentialsRequest(client, redirectUri, timestampAndNonce))
    return withSecretsRedacted(() => readTemporaryCredentials(response), response, secretsOf(client))
  })
}

/** The request for temporary credentials (RFC 5849, 2.1). */
export function temporaryCredentialsRequest(
  client: OAuth1Client,
  redirectUri: string,
  timestampAndNonce: TimestampAndNonce,
): HttpRequest {
  const request = formRequest(client.requestTokenUrl, mergeParams([], client.requestTokenParams, RESERVED_PARAMS))
  return signRequest(client, undefined, request, timestampAndNonce, [['oauth_callback', redirectUri]])
}

/**
 * Reads temporary credentials (RFC 5849, 2.1). A provider that does not confirm the callback speaks OAuth 1.0, where an
 * attacker can make a user finish the attacker's sign-in (advisory 2009.1).
 * @throws ProtocolError provider_error, provider_malformed
 */
export function readTemporaryCredentials(response: HttpResponse): TemporaryCredentials {
  const form = readFormResponse(response)
  // Authlib sends `True`, Mautic `1`. The security does not depend on it: the verifier is required later.
  if (!/^(?:true|1)$/i.test(form.get('oauth_callback_confirmed') ?? '')) {
    const reason = 'The provider did not confirm the callback, as OAuth 1.0a asks for'
    throw new ProtocolError('provider_malformed', reason, { hint: 'callback_unconfirmed' })
  }
  const credentials = readCredentials(form)
  if (Object.values(credentials).some(({ length }) => length > MAX_TEMPORARY_LENGTH)) {
    throw new ProtocolError('provider_malformed', 'The provider answered with temporary credentials that are too long')
  }
  return credentials as TemporaryCredentials
}

/** Characters: they are stored in a cookie. */
const MAX_TEMPORARY_LENGTH = 512

/** The URL where the user gives consent (RFC 5849, 2.2). The endpoint keeps its own query. */
export function authorizationUrl(client: OAuth1Client, temporary: Credentials): string {
  const all = mergeParams([['oauth_token', temporary.token]], client.authorizeParams, RESERVED_PARAMS)
  return withQuery(client.authorizeUrl, all, RESERVED_PARAMS)
}

/**
 * The token of a callback (RFC 5849, 2.2). The attempt is found by it before anything else is read. X sends it as
 * `denied` if the user refused.
 * @throws ProtocolError state_missing, request_malformed
 */
export function readCallbackToken(params: URLSearchParams): string {
  const token = single(params, 'oauth_token')
  const denied = single(params, 'denied')
  if (token && denied && token !== denied) {
    throw new ProtocolError('request_malformed', 'The callback carries two tokens')
  }
  const value = token || denied
  if (!value) throw new ProtocolError('state_missing', 'The callback carries no oauth_token')
  return value
}

/**
 * Reads a callback whose attempt was found. The order is the security: each parameter once, the token that this browser
 * was redirected with, an error response, then the verifier (RFC 5849, 2.2).
 * @throws ProtocolError request_malformed, state_missing, provider_denied, provider_error, code_missing
 */
export function readOAuth1Callback(params: URLSearchParams, expectedToken: string): Verifier {
  const values = toUniqueMap(params, 'request_malformed')
  if (!timingSafeEqual(readCallbackToken(params), expectedToken)) {
    throw new ProtocolError('request_malformed', 'The callback carries another oauth_token than it was asked for with')
  }
  rejectDenial(values.get('denied'), values.get('oauth_problem'))
  const verifier = values.get('oauth_verifier')
  if (!verifier)
    throw new ProtocolError('code_missing', 'The callback came without the oauth_verifier', {
      hint: 'verifier_missing',
    })
  return verifier as Verifier
}

/** The codes of the extension "Problem Reporting" and of similar ones. */
const DENIED_PROBLEMS = ['permission_denied', 'user_refused']

function rejectDenial(denied: string | undefined, problem: string | undefined): void {
  if (denied !== undefined || (problem !== undefined && DENIED_PROBLEMS.includes(problem))) {
    throw new ProtocolError('provider_denied', 'The person did not consent')
  }
  if (problem === undefined) return
  const reason = `The provider answered the authorization with a problem ${safeErrorCode(problem)}`
  throw new ProtocolError('provider_error', reason, { oauthError: isOAuthErrorCode(problem) ? problem : undefined })
}

/**
 * Exchanges a verifier: builds the request, sends it, reads the response. It is never retried, because temporary
 * credentials work once (RFC 5849, 2.3).
 * @throws ProtocolError provider_error, provider_malformed; and the errors of `send`
 */
export async function exchangeVerifier(
  send: Send,
  client: OAuth1Client,
  temporary: Credentials,
  verifier: Verifier,
  timestampAndNonce: TimestampAndNonce,
): Promise<TokenCredentials> {
  const secrets = [...secretsOf(client, temporary.tokenSecret), verifier]
  return inStep('token', client.tokenUrl, async () => {
    const response = await send(tokenCredentialsRequest(client, temporary, verifier, timestampAndNonce))
    return withSecretsRedacted(() => readTokenCredentials(response), response, secrets)
  })
}

/** The request for a user's token (RFC 5849, 2.3). */
export const tokenCredentialsRequest = (
  client: OAuth1Client,
  temporary: Credentials,
  verifier: Verifier,
  timestampAndNonce: TimestampAndNonce,
): HttpRequest =>
  signRequest(client, temporary, formRequest(client.tokenUrl, []), timestampAndNonce, [['oauth_verifier', verifier]])

/**
 * Reads the token of a user (RFC 5849, 2.3).
 * @throws ProtocolError provider_error, provider_malformed
 */
export function readTokenCredentials(response: HttpResponse): TokenCredentials {
  const form = readFormResponse(response)
  return { ...readCredentials(form), extras: new Map([...form].filter(([name]) => !name.startsWith('oauth_'))) }
}

const readCredentials = (form: ReadonlyMap<string, string>): Credentials => ({
  token: readField(form, 'oauth_token'),
  tokenSecret: readField(form, 'oauth_token_secret'),
})

/** Visible ASCII: a plus sign that was sent without encoding is decoded as a space. */
const TOKEN = /^[\x21-\x7e]+$/

function readField(form: ReadonlyMap<string, string>, name: string): string {
  const value = form.get(name)
  if (value !== undefined && TOKEN.test(value)) return value
  throw new ProtocolError('provider_malformed', `The provider answered with an unusable ${name}, or with none`)
}

/** A request without parameters has no body, so that all servers compute the same signature. */
const formRequest = (url: string, params: Params): HttpRequest => ({
  method: 'POST',
  url,
  headers: {
    Accept: 'application/x-www-form-urlencoded, */*;q=0.1',
    ...(params.length > 0 && { 'Content-Type': 'application/x-www-form-urlencoded' }),
  },
  ...(params.length > 0 && { body: formEncode(params) }),
})

/** The secrets of our request, which an error page may repeat and which must not reach a log or a page. */
function secretsOf(client: OAuth1Client, tokenSecret = ''): string[] {
  const { clientSecret = '' } = client
  const plain = signatureOf({ ...client, clientSecret, signatureMethod: 'PLAINTEXT' }, tokenSecret, '')
  return [clientSecret, tokenSecret, plain]
}

function withSecretsRedacted<T>(read: () => T, response: HttpResponse, secrets: readonly string[]): T {
  try {
    return read()
  } catch (error) {
    throw redactSecrets(error, response, secrets)
  }
}
