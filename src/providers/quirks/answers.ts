import type { JsonObject } from '../../oauth/types.js'

/** {"ok":false,"error":"invalid_code"} with status 200: Slack's way to say no. */
export const okFalseErrors = (fields: JsonObject): JsonObject =>
  fields.ok === false && typeof fields.error !== 'string' ? { ...fields, error: 'unknown_error' } : fields

/** {"status":400,"message":"Invalid authorization code"}: Twitch's way to say no. */
export function twitchErrors(fields: JsonObject): JsonObject {
  const { status, message, error } = fields
  if (typeof message !== 'string' || typeof status !== 'number') return fields
  return { ...fields, error: typeof error === 'string' ? error : 'unknown_error', error_description: message }
}

/**
 * For providers that have words of their own for `invalid_grant`.
 * @param said what their description has to have in it, where the word alone means other things too
 */
export const grantOverOn =
  (words: readonly string[], said = /^/) =>
  (fields: JsonObject): JsonObject => {
    const { error, error_description } = fields
    const description = typeof error_description === 'string' ? error_description : ''
    const isOver = typeof error === 'string' && words.includes(error) && said.test(description)
    return isOver ? { ...fields, error: 'invalid_grant' } : fields
  }

/** {"status":400,"message":"Invalid refresh token","error":"Bad Request"}. */
export function twitchRefreshErrors(fields: JsonObject): JsonObject {
  const isOver = typeof fields.message === 'string' && /^invalid refresh token$/i.test(fields.message)
  return isOver ? { ...twitchErrors(fields), error: 'invalid_grant' } : twitchErrors(fields)
}
