import { withHeaders } from '../http/headers.js'
import type { HttpRequest, HttpResponse } from '../http/types.js'
import { ProtocolError } from './errors.js'
import { readJson, readObject, requireSuccess } from './response.js'
import { isIdentifier } from './text.js'
import type { Json, JsonObject } from './types.js'

/**
 * The request for JSON at a provider's API, with the token in the header and never in the query (RFC 6750, 2.1, 2.3).
 */
export const apiRequest = (
  url: string,
  accessToken: string,
  more: Readonly<Record<string, string>> = {},
): HttpRequest => withBearerToken({ method: 'GET', url, headers: { Accept: 'application/json', ...more } }, accessToken)

/** A request with the token in its header (RFC 6750, 2.1), in place of any other Authorization header. */
export const withBearerToken = (request: HttpRequest, accessToken: string): HttpRequest =>
  withHeaders(request, { Authorization: `Bearer ${accessToken}` })

/** Additions of a provider to the requests of the standards. */
export interface ApiRequestOptions {
  /** Headers in addition to the token. */
  apiHeaders?: Readonly<Record<string, string>>
  /** The request to the user endpoint, if a plain GET is not enough. */
  userRequest?: { method: 'POST'; headers?: Readonly<Record<string, string>>; body?: string }
}

/** The request to the user endpoint, which is an ordinary API request (OpenID Connect Core, 5.3.1). */
export function userRequest(
  url: string,
  accessToken: string,
  { apiHeaders, userRequest }: ApiRequestOptions = {},
): HttpRequest {
  const request = apiRequest(url, accessToken, { ...apiHeaders, ...userRequest?.headers })
  return userRequest ? { ...request, method: userRequest.method, body: userRequest.body ?? '' } : request
}

/**
 * Reads an API response: any JSON, with a status of success.
 * @throws ProtocolError provider_error (with its `status`), provider_malformed
 */
export function readApiResponse(response: HttpResponse): Json {
  requireSuccess(response)
  return readJson(response)
}

/**
 * Reads the response of the user endpoint: a JSON object, with a status of success.
 * @throws ProtocolError provider_error (with its `status`), provider_malformed
 */
export function readUserResponse(response: HttpResponse): JsonObject {
  requireSuccess(response)
  return readObject(response)
}

/**
 * Reads the userinfo of an ID token's subject. Claims about another subject, or without one, must not be used
 * (OpenID Connect Core, 5.3.2). Distributed claims (5.6.2) are not fetched.
 * @param reject throws if the response is an error with a status of success, before `sub` is compared
 * @throws ProtocolError subject_mismatch, provider_error (with its `status`), provider_malformed
 */
export function readUserinfo(response: HttpResponse, subject: string, reject?: (user: JsonObject) => void): JsonObject {
  const user = readUserResponse(response)
  reject?.(user)
  if (user.sub === subject) return user
  throw new ProtocolError('subject_mismatch', 'The userinfo is not about the person that the ID token is about')
}

/** A missing or meaningless number as text: numbers beyond 2^53 arrive as text. */
const PLACEHOLDER_ID = /^(0|-\d+)$/

/**
 * The unchanging id of a user: a text of at most 255 characters, or a whole number above 0, which becomes its digits.
 * @throws ProtocolError provider_malformed
 */
export function readSubject(value: unknown): string {
  const subject = Number.isSafeInteger(value) ? String(value) : value
  if (isSubject(subject)) return subject
  throw new ProtocolError('provider_malformed', 'The provider answered without a usable id of the person', {
    hint: 'subject_missing',
  })
}

/** Whether a value is a text that can be the unchanging id of a user. */
export const isSubject = (value: unknown): value is string => isIdentifier(value) && !PLACEHOLDER_ID.test(value)
