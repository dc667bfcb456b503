import type { JsonObject } from '../../oauth/types.js'

/** {"ok":false,"error":"invalid_code"} with status 200: Slack's way to say no. */
export const okFalseErrors = (fields: JsonObject): JsonObject =>
  fields.ok === false && typeof fields.error !== 'string' ? { ...fields, error: 'unknown_error' } : fields

/** {"status":400,"message":"Invalid authorization code"}, and scopes in a list: Twitch's draft of the standard. */
export function listedScopes(fields: JsonObject): JsonObject {
  const { scope, status, message, error } = fields
  if (typeof message === 'string' && typeof status === 'number') {
    return { ...fields, error: typeof error === 'string' ? error : 'unknown_error', error_description: message }
  }
  return Array.isArray(scope) ? { ...fields, scope: scope.join(' ') } : fields
}
