import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'

/** Errors are objects in `error`: {"error":{"message","type":"OAuthException","code":190,"fbtrace_id"}}. */
export function facebookErrors(fields: JsonObject): JsonObject {
  const { error } = fields
  if (!isObject(error)) return fields
  const { type, message } = error
  return {
    error: typeof type === 'string' ? type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase() : 'unknown_error',
    ...(typeof message === 'string' && { error_description: message }),
  }
}
