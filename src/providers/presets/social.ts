import { ProtocolError } from '../../oauth/errors.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { openidProfile } from '../claims.js'
import { readEmail, readHttpsUrl, readLogin, readName } from '../profile.js'
import type { ApiGet, Preset, Profile } from '../provider.js'
import { profileFrom } from '../quirks/mapped-profile.js'
import { asInvalidGrant, twitchErrors, twitchRefreshErrors } from '../quirks/token-responses.js'

/** Social networks and media. */
export const SOCIAL_PRESETS = {
  // X's documentation of its API v2; that an address is confirmed is what the field's name says.
  x: {
    label: 'X',
    protocol: 'oauth2',
    authorizeUrl: 'https://x.com/i/oauth2/authorize',
    tokenUrl: 'https://api.x.com/2/oauth2/token',
    revocationUrl: 'https://api.x.com/2/oauth2/revoke',
    userUrl: 'https://api.x.com/2/users/me?user.fields=profile_image_url',
    apiBaseUrl: 'https://api.x.com/2/',
    scope: ['users.read', 'tweet.read', 'users.email'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    // Known from public clients.
    readRefreshResponse: asInvalidGrant(['invalid_request'], /token was invalid/),
    readProfile: xProfile,
  },
  // Discord's documentation. Public clients say that it refuses PKCE together with a secret.
  discord: {
    label: 'Discord',
    protocol: 'oauth2',
    authorizeUrl: 'https://discord.com/oauth2/authorize',
    tokenUrl: 'https://discord.com/api/oauth2/token',
    revocationUrl: 'https://discord.com/api/oauth2/token/revoke',
    userUrl: 'https://discord.com/api/users/@me',
    scope: ['identify', 'email'],
    // With `none`, a user who agreed before does not have to agree again.
    authorizeParams: [['prompt', 'none']],
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: discordProfile,
    // Its page of consent says who is signed in, and lets them choose another account.
    switchParams: [['prompt', 'consent']],
  },
  // Twitch's documentation. It sends an address only if the claim is requested by name.
  twitch: {
    label: 'Twitch',
    protocol: 'oidc',
    issuer: 'https://id.twitch.tv/oauth2',
    revocationUrl: 'https://id.twitch.tv/oauth2/revoke',
    hasNoGroups: true,
    scope: ['openid', 'user:read:email'],
    authorizeParams: [
      ['claims', '{"id_token":{"email":null,"email_verified":null,"preferred_username":null,"picture":null}}'],
    ],
    // No public client sends it.
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_post',
    readTokenResponse: twitchErrors,
    readRefreshResponse: twitchRefreshErrors,
    readProfile: openidProfile,
    // Its page of consent says who is signed in, and lets them choose another account.
    switchParams: [['force_verify', 'true']],
  },
  // Spotify's documentation, which says that the address is not verified.
  spotify: {
    label: 'Spotify',
    protocol: 'oauth2',
    authorizeUrl: 'https://accounts.spotify.com/authorize',
    tokenUrl: 'https://accounts.spotify.com/api/token',
    userUrl: 'https://api.spotify.com/v1/me',
    scope: ['user-read-email'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: profileFrom({ subject: 'id', name: 'display_name', email: 'email', picture: 'images.0.url' }),
    // Its page of consent says who is signed in, and lets them choose another account.
    switchParams: [['show_dialog', 'true']],
  },
  // Reddit's documentation of its API, which has no addresses, and slows down clients without a User-Agent of their
  // own.
  reddit: {
    label: 'Reddit',
    protocol: 'oauth2',
    authorizeUrl: 'https://www.reddit.com/api/v1/authorize',
    tokenUrl: 'https://www.reddit.com/api/v1/access_token',
    revocationUrl: 'https://www.reddit.com/api/v1/revoke_token',
    userUrl: 'https://oauth.reddit.com/api/v1/me',
    scope: ['identity'],
    // No public client sends it.
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_basic',
    tokenHeaders: { 'User-Agent': 'web:vestibule:v1' },
    apiHeaders: { 'User-Agent': 'web:vestibule:v1' },
    readProfile: profileFrom({ subject: 'id', name: 'name', login: 'name', picture: 'snoovatar_img' }),
  },
  // TikTok's documentation of Login Kit. It has no addresses; the slash at the end of the token URL counts.
  tiktok: {
    label: 'TikTok',
    protocol: 'oauth2',
    authorizeUrl: 'https://www.tiktok.com/v2/auth/authorize',
    tokenUrl: 'https://open.tiktokapis.com/v2/oauth/token/',
    revocationUrl: 'https://open.tiktokapis.com/v2/oauth/revoke/',
    userUrl: 'https://open.tiktokapis.com/v2/user/info/?fields=open_id,display_name,avatar_url',
    scope: ['user.info.basic'],
    scopeSeparator: ',',
    clientIdParam: 'client_key',
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: profileFrom({
      subject: 'data.user.open_id',
      name: 'data.user.display_name',
      picture: 'data.user.avatar_url',
    }),
    // Without it, a user with a session there sees no page.
    switchParams: [['disable_auto_auth', '1']],
  },
} as const satisfies Readonly<Record<string, Preset>>

const readDiscord = profileFrom({ subject: 'id', email: 'email', verified: ({ verified }) => verified === true })

/** The profile at Discord: the URL of the picture is built here, and an old name still has its four digits. */
function discordProfile(user: JsonObject): Profile {
  const { id, avatar, username, discriminator, global_name } = user
  const isOld = typeof discriminator === 'string' && /^\d{4}$/.test(discriminator)
  const hasPicture = typeof id === 'string' && /^\d+$/.test(id) && typeof avatar === 'string' && /^\w+$/.test(avatar)
  return {
    ...readDiscord(user),
    name: readName(global_name) ?? readName(username),
    login: readLogin(isOld && typeof username === 'string' ? `${username}#${discriminator}` : username),
    picture: hasPicture ? readHttpsUrl(`https://cdn.discordapp.com/avatars/${id}/${avatar}.png`) : null,
  }
}

const readX = profileFrom({
  subject: 'data.id',
  name: 'data.name',
  login: 'data.username',
  picture: 'data.profile_image_url',
})

/**
 * The profile at X. The address needs a request of its own, so that sign-ins work in an app that may not readX
 * addresses.
 */
async function xProfile(user: JsonObject, get: ApiGet): Promise<Profile> {
  const profile = readX(user)
  const email = await confirmedEmail(get)
  return { ...profile, email, emailVerified: email !== null }
}

/** The address needs the scope `users.email` and a switch in the app's settings. */
async function confirmedEmail(get: ApiGet): Promise<string | null> {
  try {
    const response = await get('users/me?user.fields=confirmed_email')
    const data = isObject(response) ? response.data : undefined
    return isObject(data) ? readEmail(data.confirmed_email) : null
  } catch (error) {
    if (error instanceof ProtocolError && (error.status === 400 || error.status === 403)) return null
    throw error
  }
}
