import { readJson, readObject, requireSuccess } from './answer.js'
import { ProtocolError } from './errors.js'
import { withHeaders } from './headers.js'
import { isUsableName } from './text.js'
import type { Answer, Json, JsonObject, OutboundRequest } from './types.js'

/** The question for JSON at a provider's API, with the token in the header and never in the query (RFC 6750, 2.1, 2.3). */
export const apiRequest = (
  url: string,
  accessToken: string,
  more: Readonly<Record<string, string>> = {},
): OutboundRequest => bearing({ method: 'GET', url, headers: { Accept: 'application/json', ...more } }, accessToken)

/** A request with the token in its header (RFC 6750, 2.1), in place of any other proof. */
export const bearing = (request: OutboundRequest, accessToken: string): OutboundRequest =>
  withHeaders(request, { Authorization: `Bearer ${accessToken}` })

/** How an API is asked in its own way. */
export interface ApiManners {
  /** What it wants beside the token. */
  apiHeaders?: Readonly<Record<string, string>>
  /** How the user endpoint is asked, where a plain GET is not enough. */
  userRequest?: { method: 'POST'; headers?: Readonly<Record<string, string>>; body?: string }
}

/** The question at the user endpoint: the API's, like any other (OpenID Connect Core, 5.3.1). */
export function userRequest(
  url: string,
  accessToken: string,
  { apiHeaders, userRequest }: ApiManners = {},
): OutboundRequest {
  const request = apiRequest(url, accessToken, { ...apiHeaders, ...userRequest?.headers })
  return userRequest ? { ...request, method: userRequest.method, body: userRequest.body ?? '' } : request
}

/**
 * Reads an API's answer: any JSON, with a status of success.
 * @throws ProtocolError provider_error (with its `status`), provider_malformed
 */
export function readApiAnswer(answer: Answer): Json {
  requireSuccess(answer)
  return readJson(answer)
}

/**
 * Reads the user endpoint's answer: a JSON object, with a status of success.
 * @throws ProtocolError provider_error (with its `status`), provider_malformed
 */
export function readUserAnswer(answer: Answer): JsonObject {
  requireSuccess(answer)
  return readObject(answer)
}

/**
 * Reads the userinfo of an ID token's subject. What is told of anybody else, or of nobody, must not be used
 * (OpenID Connect Core, 5.3.2). Claims that are kept elsewhere (5.6.2) stay there: nobody fetches them.
 * @param refuse throws where the answer is a refusal in disguise, before it is taken for that of another person
 * @throws ProtocolError subject_mismatch, provider_error (with its `status`), provider_malformed
 */
export function readUserinfo(answer: Answer, subject: string, refuse?: (user: JsonObject) => void): JsonObject {
  const user = readUserAnswer(answer)
  refuse?.(user)
  if (user.sub === subject) return user
  throw new ProtocolError('subject_mismatch', 'The userinfo is not about the person that the ID token is about')
}

/** What a missing or nonsensical number looks like once it is text, as beyond 2^53. */
const NO_ID = /^(0|-\d+)$/

/**
 * The unchanging id of a person: a text of at most 255 characters, or a whole number above 0, which becomes its digits.
 * @throws ProtocolError provider_malformed
 */
export function readSubject(value: unknown): string {
  const subject = Number.isSafeInteger(value) ? String(value) : value
  if (isSubject(subject)) return subject
  throw new ProtocolError('provider_malformed', 'The provider answered without a usable id of the person', {
    hint: 'subject_missing',
  })
}

/** Whether a value is a text that can be the unchanging id of a person. */
export const isSubject = (value: unknown): value is string => isUsableName(value) && !NO_ID.test(value)
