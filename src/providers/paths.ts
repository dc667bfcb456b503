import { isObject } from '../oauth/answer.js'
import type { JsonObject } from '../oauth/types.js'

/** Own properties only: a path like `constructor.name` leads nowhere. A number steps into a list. */
export function valueAt(user: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => {
    if (!isObject(value) && !Array.isArray(value)) return undefined
    return Object.getOwnPropertyDescriptor(value, step)?.value
  }, user)
}
