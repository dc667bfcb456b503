import { equal } from '../../crypto/digest.js'
import { withoutQuotes } from '../echo.js'
import { inStep, ProtocolError } from '../errors.js'
import { allOnce, formEncode, once, withExtras, withQuery } from '../params.js'
import { errorName, isErrorName } from '../text.js'
import type { Answer, OutboundRequest, Pairs, Send } from '../types.js'
import { readForm } from './form-answer.js'
import { type Credentials, type SigningClient, type Stamp, signatureOf, signRequest } from './sign.js'

/** A client of one OAuth 1.0a provider. */
export interface OAuth1Client extends SigningClient {
  requestTokenUrl: string
  authorizeUrl: string
  tokenUrl: string
  authorizeParams: Pairs
  requestTokenParams: Pairs
}

declare const checked: unique symbol

/** What a provider lends for one sign-in, once it has confirmed our callback. */
export interface TemporaryCredentials extends Credentials {
  readonly [checked]: true
}

/** The verifier of a callback that has passed `readOAuth1Callback`. */
export type Verifier = string & { readonly [checked]: true }

/** A person's token and what the provider tells with it, such as `user_id` and `screen_name`. */
export interface TokenCredentials extends Credentials {
  extras: ReadonlyMap<string, string>
}

/** What extra parameters can never set. */
const RESERVED = ['oauth_*']

/**
 * Asks for temporary credentials: question, way out, answer.
 * @throws ProtocolError provider_error, provider_malformed; and whatever `send` throws
 */
export async function askTemporaryCredentials(
  send: Send,
  client: OAuth1Client,
  redirectUri: string,
  stamp: Stamp,
): Promise<TemporaryCredentials> {
  return inStep('temporary_credentials', client.requestTokenUrl, async () => {
    const answer = await send(temporaryCredentialsRequest(client, redirectUri, stamp))
    return keepingSecrets(() => readTemporaryCredentials(answer), answer, secretsOf(client))
  })
}

/** The question for temporary credentials (RFC 5849, 2.1). */
export function temporaryCredentialsRequest(client: OAuth1Client, redirectUri: string, stamp: Stamp): OutboundRequest {
  const request = formRequest(client.requestTokenUrl, withExtras([], client.requestTokenParams, RESERVED))
  return signRequest(client, undefined, request, stamp, [['oauth_callback', redirectUri]])
}

/**
 * Reads temporary credentials (RFC 5849, 2.1). A provider that does not confirm the callback speaks OAuth 1.0, where
 * one person can be made to finish another's sign-in (advisory 2009.1).
 * @throws ProtocolError provider_error, provider_malformed
 */
export function readTemporaryCredentials(answer: Answer): TemporaryCredentials {
  const form = readForm(answer)
  // Authlib says `True`, Mautic `1`. A guard it is not: that is the verifier, which is asked for later.
  if (!/^(?:true|1)$/i.test(form.get('oauth_callback_confirmed') ?? '')) {
    const reason = 'The provider did not confirm the callback, as OAuth 1.0a asks for'
    throw new ProtocolError('provider_malformed', reason, { hint: 'callback_unconfirmed' })
  }
  const credentials = readCredentials(form)
  if (Object.values(credentials).some(({ length }) => length > TEMPORARY_LENGTH)) {
    throw new ProtocolError('provider_malformed', 'The provider answered with temporary credentials that are too long')
  }
  return credentials as TemporaryCredentials
}

/** They travel in a cookie. */
const TEMPORARY_LENGTH = 512

/** The URL that asks a person for consent (RFC 5849, 2.2). The endpoint keeps its own query. */
export function authorizationUrl(client: OAuth1Client, temporary: Credentials): string {
  const all = withExtras([['oauth_token', temporary.token]], client.authorizeParams, RESERVED)
  return withQuery(client.authorizeUrl, all, RESERVED)
}

/**
 * The token of a callback (RFC 5849, 2.2), by which the attempt is found before anything else is looked at. Of a person
 * who said no X sends it back as `denied`.
 * @throws ProtocolError state_missing, request_malformed
 */
export function readCallbackToken(params: URLSearchParams): string {
  const token = once(params, 'oauth_token')
  const denied = once(params, 'denied')
  if (token && denied && token !== denied) {
    throw new ProtocolError('request_malformed', 'The callback carries two tokens')
  }
  const given = token || denied
  if (!given) throw new ProtocolError('state_missing', 'The callback carries no oauth_token')
  return given
}

/**
 * Reads a callback whose attempt was found. The order is the security: each parameter once, the token that this browser
 * was sent away with, an answer of refusal, then the verifier (RFC 5849, 2.2).
 * @throws ProtocolError request_malformed, state_missing, provider_denied, provider_error, code_missing
 */
export function readOAuth1Callback(params: URLSearchParams, expectedToken: string): Verifier {
  const given = allOnce(params, 'request_malformed')
  if (!equal(readCallbackToken(params), expectedToken)) {
    throw new ProtocolError('request_malformed', 'The callback carries another oauth_token than it was asked for with')
  }
  refuseRefusal(given.get('denied'), given.get('oauth_problem'))
  const verifier = given.get('oauth_verifier')
  if (!verifier)
    throw new ProtocolError('code_missing', 'The callback came without the oauth_verifier', {
      hint: 'verifier_missing',
    })
  return verifier as Verifier
}

/** As the extension "Problem Reporting" and its kin have them. */
const SAID_NO = ['permission_denied', 'user_refused']

function refuseRefusal(denied: string | undefined, problem: string | undefined): void {
  if (denied !== undefined || (problem !== undefined && SAID_NO.includes(problem))) {
    throw new ProtocolError('provider_denied', 'The person did not consent')
  }
  if (problem === undefined) return
  const reason = `The provider answered the authorization with a problem ${errorName(problem)}`
  throw new ProtocolError('provider_error', reason, { oauthError: isErrorName(problem) ? problem : undefined })
}

/**
 * Spends a verifier: question, way out, answer. It is never tried twice, because the temporary credentials work once
 * (RFC 5849, 2.3).
 * @throws ProtocolError provider_error, provider_malformed; and whatever `send` throws
 */
export async function exchangeVerifier(
  send: Send,
  client: OAuth1Client,
  temporary: Credentials,
  verifier: Verifier,
  stamp: Stamp,
): Promise<TokenCredentials> {
  const secrets = [...secretsOf(client, temporary.tokenSecret), verifier]
  return inStep('token', client.tokenUrl, async () => {
    const answer = await send(tokenCredentialsRequest(client, temporary, verifier, stamp))
    return keepingSecrets(() => readTokenCredentials(answer), answer, secrets)
  })
}

/** The question for a person's token (RFC 5849, 2.3). */
export const tokenCredentialsRequest = (
  client: OAuth1Client,
  temporary: Credentials,
  verifier: Verifier,
  stamp: Stamp,
): OutboundRequest =>
  signRequest(client, temporary, formRequest(client.tokenUrl, []), stamp, [['oauth_verifier', verifier]])

/**
 * Reads a person's token (RFC 5849, 2.3).
 * @throws ProtocolError provider_error, provider_malformed
 */
export function readTokenCredentials(answer: Answer): TokenCredentials {
  const form = readForm(answer)
  return { ...readCredentials(form), extras: new Map([...form].filter(([name]) => !name.startsWith('oauth_'))) }
}

const readCredentials = (form: ReadonlyMap<string, string>): Credentials => ({
  token: readField(form, 'oauth_token'),
  tokenSecret: readField(form, 'oauth_token_secret'),
})

/** Visible ASCII: a plus sign that was sent as it stands would come out as a space. */
const TOKEN = /^[\x21-\x7e]+$/

function readField(form: ReadonlyMap<string, string>, name: string): string {
  const value = form.get(name)
  if (value !== undefined && TOKEN.test(value)) return value
  throw new ProtocolError('provider_malformed', `The provider answered with an unusable ${name}, or with none`)
}

/** A request without parameters has no body, so that nobody may sign it otherwise than we do. */
const formRequest = (url: string, pairs: Pairs): OutboundRequest => ({
  method: 'POST',
  url,
  headers: {
    Accept: 'application/x-www-form-urlencoded, */*;q=0.1',
    ...(pairs.length > 0 && { 'Content-Type': 'application/x-www-form-urlencoded' }),
  },
  ...(pairs.length > 0 && { body: formEncode(pairs) }),
})

/** What an error page that sends back our request may not put into a log or onto a page. */
function secretsOf(client: OAuth1Client, tokenSecret = ''): string[] {
  const { clientSecret = '' } = client
  const plain = signatureOf({ ...client, clientSecret, signatureMethod: 'PLAINTEXT' }, tokenSecret, '')
  return [clientSecret, tokenSecret, plain]
}

function keepingSecrets<T>(read: () => T, answer: Answer, secrets: readonly string[]): T {
  try {
    return read()
  } catch (error) {
    throw withoutQuotes(error, answer, secrets)
  }
}
