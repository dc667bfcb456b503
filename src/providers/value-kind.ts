import { isObject } from '../oauth/response.js'

/** What kind of value something is, for messages that must not show the value itself. */
export function describeKind(value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list that begins with ${plainKind(value[0])}`
  return plainKind(value)
}

function plainKind(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return 'an object'
  return typeof value === 'string'
    ? value === ''
      ? 'an empty text'
      : 'a text'
    : (OTHER_KINDS[typeof value] ?? 'a value')
}

const OTHER_KINDS: Readonly<Record<string, string>> = { number: 'a number', boolean: 'true or false' }
