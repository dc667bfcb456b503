import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

/** A description of any thrown value. */
export interface ThrownDescription {
  /** On one line, at most `maxMessageChars` characters. */
  message: string
  /** On lines of its own, with the stacks of its causes; undefined where the value is not an Error. */
  stack: string | undefined
  /** The first stack frame in the developer's code or ours: `src/web/handlers/home.ts:14:9 (home)`. */
  frame: string | undefined
}

const MESSAGE_CHARS = 500
const STACK_CHARS = 20_000
const MAX_CAUSES = 5

/** The folder of package.json, as seen from the build (`dist/src/web/errors/`). */
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

/**
 * Anything can be thrown: a string, undefined, an Error whose getters throw. Never throws itself.
 * Control characters, terminal escapes and bidirectional overrides are removed; secrets are not redacted.
 */
export function describeThrown(thrown: unknown, maxMessageChars: number = MESSAGE_CHARS): ThrownDescription {
  const errors = withCauses(thrown)
  if (errors.length === 0) return { message: oneLine(describeOther(thrown)), stack: undefined, frame: undefined }
  const stacks = errors.map(stackOf)
  const message = oneLine(errors.map(messageOf).join(': '), maxMessageChars)
  const stack = stacks.filter(Boolean).join('\nCaused by: ')
  return { message, stack: stack ? cut(clean(stack), STACK_CHARS) : undefined, frame: firstOwnFrame(errors) }
}

/** The error and its causes, each once. */
function withCauses(thrown: unknown): object[] {
  const errors: object[] = []
  let next = thrown
  while (errors.length < MAX_CAUSES && isError(next) && !errors.includes(next)) {
    errors.push(next)
    next = read(next, 'cause')
  }
  return errors
}

function isError(value: unknown): value is object {
  try {
    return value instanceof Error
  } catch {
    return false // a Proxy can refuse to tell its prototype
  }
}

/** Node's AggregateError (no address of a host could be reached) has an empty message, but a code. */
const messageOf = (error: object): string =>
  textOf(error, 'message') || textOf(error, 'code') || textOf(error, 'name') || 'An Error without a readable message'

const stackOf = (error: object): string => textOf(error, 'stack')

/** A value that is not an Error has no stack. Only the names of its fields are shown: their values may be secrets. */
function describeOther(thrown: unknown): string {
  if (typeof thrown === 'string') return `A string was thrown in place of an Error: "${thrown}"`
  if (typeof thrown === 'function') return 'A function was thrown in place of an Error'
  if (typeof thrown !== 'object' || thrown === null) return `${String(thrown)} was thrown in place of an Error`
  const message = textOf(thrown, 'message')
  if (message) return `An object was thrown in place of an Error, with the message "${message}"`
  const fields = fieldsOf(thrown)
  return `An object was thrown in place of an Error${fields ? `, with the fields ${fields}` : ''}`
}

function fieldsOf(value: object): string {
  try {
    return Object.keys(value).slice(0, 10).join(', ')
  } catch {
    return ''
  }
}

const textOf = (value: object, field: string): string => {
  const found = read(value, field)
  return typeof found === 'string' ? found : ''
}

/** A getter can throw, and so can a Proxy. */
function read(value: object, field: string): unknown {
  try {
    return Reflect.get(value, field)
  } catch {
    return undefined
  }
}

function firstOwnFrame(errors: readonly object[]): string | undefined {
  for (const error of errors) {
    const lines = traceOf(error).split('\n')
    const frame = lines.map(readFrame).find(found => found !== undefined)
    if (frame) return oneLine(frame)
  }
  return undefined
}

/** The lines after the message, because a message can contain lines that look like frames. */
function traceOf(error: object): string {
  const stack = stackOf(error)
  const message = textOf(error, 'message')
  const start = message ? stack.indexOf(message) : -1
  return start < 0 ? stack : stack.slice(start + message.length)
}

/** `    at async home (file:///app/src/home.ts:14:9)`, or the same without a name and brackets. */
const FRAME = /^\s+at (?:(?:async )?(.+) \()?(?:async )?(?:file:\/\/)?(\/.+|[A-Za-z]:[\\/].+):(\d+):(\d+)\)?$/

function readFrame(line: string): string | undefined {
  const [, name, path, row, column] = FRAME.exec(line) ?? []
  if (path === undefined || /[\\/]node_modules[\\/]/.test(path)) return undefined
  const file = path.startsWith(ROOT) ? path.slice(ROOT.length) : path
  return `${file}:${row}:${column}${name ? ` (${name})` : ''}`
}

const CONTROL_CHARS = /[^\P{Cc}\n]|[\u2028\u2029]/gu
const INVISIBLE_CHARS = /[\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu

const clean = (text: string): string =>
  stripVTControlCharacters(limitLength(text)).replace(CONTROL_CHARS, ' ').replace(INVISIBLE_CHARS, '')

const oneLine = (text: string, max: number = MESSAGE_CHARS): string => cut(clean(text).replace(/\s+/g, ' ').trim(), max)

/** A text of many megabytes is not searched in full. */
const limitLength = (text: string): string => text.slice(0, 4 * STACK_CHARS)

/** Cuts by code points, so that a character is not cut in two. */
const cut = (text: string, max: number): string => {
  const characters = Array.from(text)
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`
}
