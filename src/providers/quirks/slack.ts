import { ProtocolError } from '../../oauth/errors.js'
import { safeErrorCode } from '../../oauth/text.js'
import type { Json, JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { openidProfile } from '../claims.js'
import type { Profile } from '../provider.js'
import { asInvalidGrant, okFalseErrors } from './token-responses.js'

const grantErrors = asInvalidGrant(['invalid_refresh_token', 'token_revoked', 'token_expired'])

/** {"ok":false,"error":"invalid_refresh_token"} with status 200. */
export const slackRefreshErrors = (fields: JsonObject): JsonObject => grantErrors(okFalseErrors(fields))

/** {"ok":false,"error":"token_revoked"} with status 200. */
export function requireSlackOk({ ok, error }: JsonObject): void {
  if (ok === false) throw new ProtocolError('provider_error', `Slack answered with the error ${safeErrorCode(error)}`)
}

/** A user at Slack has an id in each workspace, so the subject is both ids together. */
export function slackProfile(claims: JsonObject): Profile {
  const part = (value: Json | undefined) => readSubject(value)
  const subject = `${part(claims['https://slack.com/team_id'])}/${part(claims['https://slack.com/user_id'])}`
  return { ...openidProfile(claims), subject }
}
