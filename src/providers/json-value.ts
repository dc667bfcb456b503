import { isObject } from '../oauth/response.js'
import type { JsonObject } from '../oauth/types.js'

/**
 * The value at a dotted path. Own properties only: a path like `constructor.name` leads nowhere. A number is an index
 * of a list.
 */
export function valueAt(user: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>(ownValue, user)
}

export function ownValue(value: unknown, name: string): unknown {
  if (!isObject(value) && !Array.isArray(value)) return undefined
  return Object.getOwnPropertyDescriptor(value, name)?.value
}

/** The kind of a value, for messages that must not show the value itself. */
export function describeKind(value: unknown): string {
  if (!Array.isArray(value)) return plainKind(value)
  return value.length === 0 ? 'an empty list' : `a list that begins with ${plainKind(value[0])}`
}

function plainKind(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (isObject(value)) return 'an object'
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text'
  return OTHER_KINDS[typeof value] ?? 'a value'
}

const OTHER_KINDS: Readonly<Record<string, string>> = { number: 'a number', boolean: 'true or false' }
