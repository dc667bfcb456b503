import { ProtocolError } from './errors.js'
import { cleanText } from './text.js'
import type { Answer, Json, JsonObject } from './types.js'

/**
 * Lets only a 2xx answer pass. Redirects are not followed, because the code or the token would go with them.
 * @throws ProtocolError provider_malformed for 3xx; provider_error, with the status, for anything else
 */
export function requireSuccess(answer: Answer): void {
  const { status } = answer
  if (status >= 200 && status < 300) return
  if (status >= 300 && status < 400) {
    throw new ProtocolError(
      'provider_malformed',
      `The provider answered with a redirect (${status})`,
      undefined,
      status,
    )
  }
  throw new ProtocolError('provider_error', `The provider answered with status ${status}`, undefined, status)
}

/**
 * Reads an answer as one JSON text (RFC 8259) of a JSON media type, whatever its status.
 * Integers beyond 2^53 come out as strings, digit by digit, because `JSON.parse` would round them.
 * @throws ProtocolError provider_malformed
 */
export function readJson(answer: Answer): Json {
  if (!isJson(answer.mediaType)) {
    throw new ProtocolError(
      'provider_malformed',
      `The provider answered with ${cleanText(answer.mediaType, 100) || 'no media type'}, not JSON`,
    )
  }
  const value = parse(answer.body)
  if (isDeeperThan(DEEPEST, value)) {
    throw new ProtocolError('provider_malformed', 'The provider answered with JSON that is nested too deep')
  }
  return LONG_NUMBER.test(answer.body) ? parse(quoteBigIntegers(answer.body)) : value
}

/**
 * Reads an answer as a JSON object.
 * @throws ProtocolError provider_malformed
 */
export function readObject(answer: Answer): JsonObject {
  const value = readJson(answer)
  if (isObject(value)) return value
  throw new ProtocolError('provider_malformed', 'The provider answered with JSON that is not an object')
}

/** Whether a JSON value is an object; null and arrays are none. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isJson = (mediaType: string): boolean =>
  mediaType === 'application/json' || /^[\w.-]+\/[\w.-]+\+json$/.test(mediaType)

/** A limit as RFC 8259, 9 allows: JSON.parse reads any depth, but whoever walks down there runs out of stack. */
const DEEPEST = 100

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

/** The tokens of a valid JSON text that matter here: strings, to step over their content, and numbers. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g
const INTEGER = /^-?\d+$/

const quoteBigIntegers = (text: string): string =>
  text.replace(STRING_OR_NUMBER, token =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  )

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text, and the text may hold a token.
    throw new ProtocolError('provider_malformed', 'The provider answered with something that is not valid JSON')
  }
}
