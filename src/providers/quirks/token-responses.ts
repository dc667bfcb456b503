import type { JsonObject } from '../../oauth/types.js'

/** {"ok":false,"error":"invalid_code"} with status 200: an error of Slack. */
export const okFalseErrors = (fields: JsonObject): JsonObject =>
  fields.ok === false && typeof fields.error !== 'string' ? { ...fields, error: 'unknown_error' } : fields

/** {"status":400,"message":"Invalid authorization code"}: an error of Twitch. */
export function twitchErrors(fields: JsonObject): JsonObject {
  const { status, message, error } = fields
  if (typeof message !== 'string' || typeof status !== 'number') return fields
  return { ...fields, error: typeof error === 'string' ? error : 'unknown_error', error_description: message }
}

/**
 * For providers that have error codes of their own for `invalid_grant`.
 * @param description what `error_description` has to contain, where the code alone means other things too
 */
export const asInvalidGrant =
  (codes: readonly string[], description = /^/) =>
  (fields: JsonObject): JsonObject => {
    const { error, error_description } = fields
    const text = typeof error_description === 'string' ? error_description : ''
    const isInvalidGrant = typeof error === 'string' && codes.includes(error) && description.test(text)
    return isInvalidGrant ? { ...fields, error: 'invalid_grant' } : fields
  }

/** {"status":400,"message":"Invalid refresh token","error":"Bad Request"}. */
export function twitchRefreshErrors(fields: JsonObject): JsonObject {
  const isInvalidGrant = typeof fields.message === 'string' && /^invalid refresh token$/i.test(fields.message)
  return isInvalidGrant ? { ...twitchErrors(fields), error: 'invalid_grant' } : twitchErrors(fields)
}
