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

/**
 * For providers that have words of their own for `invalid_grant`.
 * @param said what their description has to have in it, where the word alone means other things too
 */
export const grantOverOn =
  (words: readonly string[], said = /^/) =>
  (fields: JsonObject): JsonObject => {
    const { error, error_description: description = '' } = fields
    const isOver = typeof error === 'string' && words.includes(error) && said.test(String(description))
    return isOver ? { ...fields, error: 'invalid_grant' } : fields
  }

/** {"status":400,"message":"Invalid refresh token","error":"Bad Request"}. */
export function twitchRefreshErrors(fields: JsonObject): JsonObject {
  const isOver = typeof fields.message === 'string' && /^invalid refresh token$/i.test(fields.message)
  return isOver ? { ...listedScopes(fields), error: 'invalid_grant' } : listedScopes(fields)
}
