import type { HttpResponse } from '../http/types.js'
import { ProtocolError } from './errors.js'
import { cleanText } from './text.js'
import type { Json, JsonObject } from './types.js'

/**
 * Requires a 2xx response. Redirects are not followed, because the code or the token would be sent to the new URL.
 * @throws ProtocolError provider_malformed for 3xx; provider_error, with the status, for anything else
 */
export function requireSuccess(response: HttpResponse): void {
  const { status } = response
  if (status >= 200 && status < 300) return
  if (status >= 300 && status < 400) {
    throw new ProtocolError('provider_malformed', `The provider answered with a redirect (${status})`, {
      status,
      hint: 'redirect',
    })
  }
  throw new ProtocolError('provider_error', `The provider answered with status ${status}`, { status })
}

/**
 * Reads a response as one JSON text (RFC 8259), with any status. The media type does not matter: servers send correct
 * JSON as `text/html` or without a type, and put a byte-order mark before it. A JWT is rejected, because a signed or
 * encrypted response would have to be verified first.
 * Integers beyond 2^53 become strings, digit by digit, because `JSON.parse` would round them.
 * @throws ProtocolError provider_malformed
 */
export function readJson(response: HttpResponse): Json {
  rejectJwt(response)
  const text = withoutByteOrderMark(response.body)
  const value = parse(text)
  if (value === undefined) {
    throw new ProtocolError('provider_malformed', `The provider answered with ${describeBody(response)}`, {
      hint: isWebPage(response) ? 'web_page' : 'not_json',
    })
  }
  if (isDeeperThan(MAX_JSON_DEPTH, value)) {
    throw new ProtocolError('provider_malformed', 'The provider answered with JSON that is nested too deep')
  }
  return LONG_NUMBER.test(text) ? (parse(quoteBigIntegers(text)) ?? null) : value
}

/**
 * Reads a response as a JSON object.
 * @throws ProtocolError provider_malformed
 */
export function readObject(response: HttpResponse): JsonObject {
  const value = readJson(response)
  if (isObject(value)) return value
  throw new ProtocolError('provider_malformed', 'The provider answered with JSON that is not an object', {
    hint: 'not_json',
  })
}

/** Whether a JSON value is an object; null and arrays are not. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text of a body without a byte-order mark, which some servers put first (RFC 8259, 8.1). */
export const withoutByteOrderMark = (body: string): string => body.replace(/^\ufeff/, '')

/** The compact forms: three parts are signed (RFC 7515, 7.1), five encrypted (RFC 7516, 7.1). */
const JWT = /^\s*"?eyJ[\w-]*(?:\.[\w-]*){2}((?:\.[\w-]*){2})?"?\s*$/

function rejectJwt({ mediaType, body }: HttpResponse): void {
  const jwt = JWT.exec(body)
  if (!jwt && !/[/+]jwt$/.test(mediaType)) return
  const kind = jwt?.[1] === undefined ? 'a signed response' : 'an encrypted response'
  throw new ProtocolError(
    'provider_malformed',
    `The provider answered with ${kind} (${typeOf(mediaType)}), which is not taken: let the provider answer in plain JSON`,
    { hint: 'plain_json' },
  )
}

/** Describes a body that is not JSON, without quoting it. */
function describeBody({ mediaType, body }: HttpResponse): string {
  if (body.trim() === '') return `an empty body (${typeOf(mediaType)}), not JSON`
  if (isWebPage({ mediaType, body })) return `a web page (${typeOf(mediaType)}), not JSON`
  return isJsonType(mediaType) ? 'something that is not valid JSON' : `${typeOf(mediaType)}, not JSON`
}

const isWebPage = ({ mediaType, body }: Pick<HttpResponse, 'mediaType' | 'body'>): boolean =>
  /^\s*<(?:!doctype|html)/i.test(withoutByteOrderMark(body)) || HTML.test(mediaType)

const HTML = /^(?:text\/html|application\/xhtml\+xml)$/

const isJsonType = (mediaType: string): boolean => /[/+]json$/.test(mediaType)

const typeOf = (mediaType: string): string => cleanText(mediaType, 100) || 'no media type'

/** A limit that RFC 8259, 9 allows: JSON.parse reads any depth, but recursive functions would overflow the stack. */
const MAX_JSON_DEPTH = 100

function isDeeperThan(levels: number, value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  // A closure for each object would take as long as the parser.
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    if (isDeeperThan(levels - 1, inner)) return true
  }
  return false
}

/** The fewest digits that a rounded integer can have. */
const LONG_NUMBER = /\d{16}/

/** The tokens of a valid JSON text that matter here: numbers, and strings, whose content must be skipped. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g
const INTEGER = /^-?\d+$/

const quoteBigIntegers = (text: string): string =>
  text.replace(STRING_OR_NUMBER, token =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  )

/** Undefined if the text is not JSON: the parser's own message quotes the text, which may contain a token. */
function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
