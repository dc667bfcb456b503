import { ProtocolError } from '../../oauth/errors.js'
import { safeErrorCode } from '../../oauth/text.js'
import type { Json, JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { openidProfile } from '../claims.js'
import type { Preset, Profile } from '../provider.js'
import { profileFrom } from '../quirks/mapped-profile.js'
import { asInvalidGrant, okFalseErrors } from '../quirks/token-responses.js'

/** Providers for work and collaboration. */
export const WORK_PRESETS = {
  // Slack's documentation of Sign in with Slack.
  slack: {
    label: 'Slack',
    protocol: 'oidc',
    issuer: 'https://slack.com',
    hasNoGroups: true,
    scope: ['openid', 'profile', 'email'],
    // No public client sends it.
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_post',
    readTokenResponse: okFalseErrors,
    readRefreshResponse: slackRefreshErrors,
    checkUserResponse: requireSlackOk,
    readProfile: slackProfile,
    // Its documentation has no parameter for it.
    switchParams: 'unknown',
  },
  // Dropbox's documentation. A call without arguments is the JSON text `null`; no public client confirms that.
  dropbox: {
    label: 'Dropbox',
    protocol: 'oauth2',
    authorizeUrl: 'https://www.dropbox.com/oauth2/authorize',
    tokenUrl: 'https://api.dropboxapi.com/oauth2/token',
    userUrl: 'https://api.dropboxapi.com/2/users/get_current_account',
    userRequest: { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: 'null' },
    apiBaseUrl: 'https://api.dropboxapi.com/2/',
    scope: ['account_info.read'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: profileFrom({
      subject: 'account_id',
      name: 'name.display_name',
      email: 'email',
      picture: 'profile_photo_url',
      verified: ({ email_verified }) => email_verified === true,
    }),
    // It signs the user out there, and they sign in again.
    switchParams: [['force_reauthentication', 'true']],
  },
  // Notion's documentation. The capabilities of an integration are set there, so there is no scope.
  notion: {
    label: 'Notion',
    protocol: 'oauth2',
    authorizeUrl: 'https://api.notion.com/v1/oauth/authorize',
    tokenUrl: 'https://api.notion.com/v1/oauth/token',
    userUrl: 'https://api.notion.com/v1/users/me',
    scope: [],
    authorizeParams: [['owner', 'user']],
    // No public client sends it.
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_basic',
    tokenRequestForm: 'json',
    tokenHeaders: { 'Notion-Version': '2022-06-28' },
    apiHeaders: { 'Notion-Version': '2022-06-28' },
    // The token belongs to a bot; the user is the bot's owner.
    readProfile: profileFrom({
      subject: 'bot.owner.user.id',
      name: 'bot.owner.user.name',
      email: 'bot.owner.user.person.email',
      picture: 'bot.owner.user.avatar_url',
    }),
  },
  // Zoom's documentation; `verified` is a number there.
  zoom: {
    label: 'Zoom',
    protocol: 'oauth2',
    authorizeUrl: 'https://zoom.us/oauth/authorize',
    tokenUrl: 'https://zoom.us/oauth/token',
    userUrl: 'https://api.zoom.us/v2/users/me',
    revocationUrl: 'https://zoom.us/oauth/revoke',
    apiBaseUrl: 'https://api.zoom.us/v2/',
    // They are set with the app.
    scope: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: profileFrom({
      subject: 'id',
      name: 'display_name',
      email: 'email',
      picture: 'pic_url',
      verified: ({ verified }) => verified === 1,
    }),
  },
  // Linear's documentation of its GraphQL API. Nothing says whether the address is verified.
  linear: {
    label: 'Linear',
    protocol: 'oauth2',
    authorizeUrl: 'https://linear.app/oauth/authorize',
    tokenUrl: 'https://api.linear.app/oauth/token',
    userUrl: 'https://api.linear.app/graphql',
    userRequest: {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"query":"{ viewer { id name email avatarUrl } }"}',
    },
    scope: ['read'],
    scopeSeparator: ',',
    // No public client sends it.
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: profileFrom({
      subject: 'data.viewer.id',
      name: 'data.viewer.name',
      email: 'data.viewer.email',
      picture: 'data.viewer.avatarUrl',
    }),
    switchParams: [['prompt', 'consent']],
  },
  // Figma's documentation. Nothing says whether the address is verified.
  figma: {
    label: 'Figma',
    protocol: 'oauth2',
    authorizeUrl: 'https://www.figma.com/oauth',
    tokenUrl: 'https://api.figma.com/v1/oauth/token',
    refreshUrl: 'https://api.figma.com/v1/oauth/refresh',
    userUrl: 'https://api.figma.com/v1/me',
    scope: ['current_user:read'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: profileFrom({ subject: 'id', name: 'handle', email: 'email', picture: 'img_url' }),
  },
  // Atlassian's documentation of OAuth 2.0 (3LO). Public clients treat the address as unverified.
  atlassian: {
    label: 'Atlassian',
    protocol: 'oauth2',
    authorizeUrl: 'https://auth.atlassian.com/authorize',
    tokenUrl: 'https://auth.atlassian.com/oauth/token',
    userUrl: 'https://api.atlassian.com/me',
    scope: ['read:me'],
    authorizeParams: [
      ['audience', 'api.atlassian.com'],
      ['prompt', 'consent'],
    ],
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: profileFrom({ subject: 'account_id', name: 'name', email: 'email', picture: 'picture' }),
  },
} as const satisfies Readonly<Record<string, Preset>>

const slackGrantErrors = asInvalidGrant(['invalid_refresh_token', 'token_revoked', 'token_expired'])

/** {"ok":false,"error":"invalid_refresh_token"} with status 200. */
function slackRefreshErrors(fields: JsonObject): JsonObject {
  return slackGrantErrors(okFalseErrors(fields))
}

/** {"ok":false,"error":"token_revoked"} with status 200. */
function requireSlackOk({ ok, error }: JsonObject): void {
  if (ok === false) throw new ProtocolError('provider_error', `Slack answered with the error ${safeErrorCode(error)}`)
}

/** A user at Slack has an id in each workspace, so the subject is both ids together. */
function slackProfile(claims: JsonObject): Profile {
  const part = (value: Json | undefined) => readSubject(value)
  const subject = `${part(claims['https://slack.com/team_id'])}/${part(claims['https://slack.com/user_id'])}`
  return { ...openidProfile(claims), subject }
}
