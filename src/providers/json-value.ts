import { isObject } from '../oauth/response.js'
import type { JsonObject } from '../oauth/types.js'

/** Own properties only: a path like `constructor.name` leads nowhere. A number steps into a list. */
export function valueAt(user: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>(ownValue, user)
}

export function ownValue(value: unknown, name: string): unknown {
  if (!isObject(value) && !Array.isArray(value)) return undefined
  return Object.getOwnPropertyDescriptor(value, name)?.value
}
