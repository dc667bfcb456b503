import { ProtocolError } from './errors.js'
import type { Answer, OAuthClient, OutboundRequest } from './types.js'

/** Everybody may read these of a request: the browser was sent past with them, or they are words of the standard. */
const PUBLIC = new Set(['grant_type', 'redirect_uri', 'client_id', 'token_type_hint'])
/** Anything shorter is a word, and words come by themselves. */
const SHORTEST = 8

/**
 * An error without the provider's words where its answer quotes a code, a verifier, a token or the client's secret: some
 * error pages send back what they were sent, and both the page and the log would show it.
 */
export function withoutEcho(error: unknown, answer: Answer, request: OutboundRequest, client: OAuthClient): unknown {
  return withoutQuotes(error, answer, secretsOf(request, client))
}

/** An error without the provider's words where its answer quotes one of the secrets; short ones are taken for words. */
export function withoutQuotes(error: unknown, answer: Answer, told: readonly string[]): unknown {
  if (!(error instanceof ProtocolError)) return error
  const secrets = told.filter(value => value.length >= SHORTEST)
  // What was decoded out of a form quotes more than the form itself seems to.
  if (![answer.body, error.said ?? ''].some(text => quotes(text, secrets))) return error
  const { code, message, details } = error
  return quotes(message, secrets)
    ? new ProtocolError(code, 'The provider answered with an error made of our request', {
        ...details,
        said: undefined,
        oauthError: undefined,
      })
    : new ProtocolError(code, message, { ...details, said: undefined })
}

function secretsOf({ headers, body = '' }: OutboundRequest, { clientSecret = '' }: OAuthClient): string[] {
  const sent = pairsIn(body)
    .filter(([name]) => !PUBLIC.has(name))
    .map(([, value]) => value)
  const proof = headers.Authorization?.split(' ')[1] ?? ''
  return [...sent, proof, clientSecret]
}

/** A token request is a form, or JSON of texts. */
const pairsIn = (body: string): [string, string][] =>
  body.startsWith('{') ? Object.entries(JSON.parse(body)) : [...new URLSearchParams(body)]

/** As it was sent, form-encoded, or in JSON, where a slash may have got a backslash. */
const quotes = (text: string, secrets: readonly string[]): boolean =>
  secrets.some(secret =>
    [secret, encodeURIComponent(secret), secret.replaceAll('/', '\\/')].some(spelling => text.includes(spelling)),
  )
