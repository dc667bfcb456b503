import type { HttpRequest, HttpResponse } from '../http/types.js'
import { ProtocolError } from './errors.js'
import type { OAuthClient } from './types.js'

/**
 * These parameters of a request are public: the browser was redirected with them, or they are constants of the
 * standard.
 */
const PUBLIC_PARAMS = new Set(['grant_type', 'redirect_uri', 'client_id', 'token_type_hint'])
/** Characters. A shorter value can occur in a text by chance. */
const MIN_SECRET_LENGTH = 8

/**
 * An error without the provider's message if its response quotes a code, a verifier, a token or the client's secret:
 * some error pages repeat the request, and both our page and the log would show it.
 */
export function redactRequestSecrets(
  error: unknown,
  response: HttpResponse,
  request: HttpRequest,
  client: OAuthClient,
): unknown {
  return redactSecrets(error, response, secretsOf(request, client))
}

/**
 * An error without the provider's message if its response quotes one of the secrets; short secrets are not searched.
 */
export function redactSecrets(error: unknown, response: HttpResponse, values: readonly string[]): unknown {
  if (!(error instanceof ProtocolError)) return error
  const secrets = values.filter(value => value.length >= MIN_SECRET_LENGTH)
  // A decoded form field can contain a secret that the encoded body does not show.
  if (![response.body, error.providerMessage ?? ''].some(text => containsSecret(text, secrets))) return error
  const { code, message, details } = error
  return containsSecret(message, secrets)
    ? new ProtocolError(code, 'The provider answered with an error made of our request', {
        ...details,
        providerMessage: undefined,
        oauthError: undefined,
      })
    : new ProtocolError(code, message, { ...details, providerMessage: undefined })
}

function secretsOf({ headers, body = '' }: HttpRequest, { clientSecret = '' }: OAuthClient): string[] {
  const sent = paramsIn(body)
    .filter(([name]) => !PUBLIC_PARAMS.has(name))
    .map(([, value]) => value)
  const credentials = headers.Authorization?.split(' ')[1] ?? ''
  return [...sent, credentials, clientSecret]
}

/** The body of a token request is a form, or a JSON object of texts. */
const paramsIn = (body: string): [string, string][] =>
  body.startsWith('{') ? Object.entries(JSON.parse(body)) : [...new URLSearchParams(body)]

/** Searches for each secret as it was sent, form-encoded, and as JSON writes it, where a slash may have a backslash. */
const containsSecret = (text: string, secrets: readonly string[]): boolean =>
  secrets.some(secret =>
    [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/')].some(spelling => text.includes(spelling)),
  )
