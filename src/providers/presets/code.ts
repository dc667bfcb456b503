import { ProtocolError } from '../../oauth/errors.js'
import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { readSubject } from '../../oauth/userinfo.js'
import { groupsAt } from '../groups.js'
import { readEmail } from '../profile.js'
import type { ApiGet, Preset, Profile } from '../provider.js'
import { githubGroups, githubProfile, githubRepositories } from '../quirks/github.js'
import { profileFrom } from '../quirks/mapped-profile.js'
import { asInvalidGrant } from '../quirks/token-responses.js'

/** Gitea does not say whether it has verified an address. */
const giteaPreset = {
  protocol: 'oauth2',
  authorizeUrl: '{base}/login/oauth/authorize',
  tokenUrl: '{base}/login/oauth/access_token',
  userUrl: '{base}/api/v1/user',
  scope: ['read:user'],
  tokenEndpointAuthMethod: 'client_secret_basic',
  // Known from its source: it also sends `unauthorized_client` for a wrong secret.
  readRefreshResponse: asInvalidGrant(['unauthorized_client'], /refresh token|already used/),
  readProfile: profileFrom({
    subject: 'id',
    name: 'full_name',
    login: 'login',
    email: 'email',
    picture: 'avatar_url',
  }),
} as const satisfies Partial<Preset>

/** Code hosting. */
export const CODE_PRESETS = {
  // GitHub's documentation. With BASE_URL it is GitHub Enterprise Server: from GitHub's documentation, not tested.
  github: {
    label: 'GitHub',
    protocol: 'oauth2',
    baseUrl: 'https://github.com',
    // Its callbacks carry it since April 2026 (RFC 9207).
    issuer: '{base}/login/oauth',
    authorizeUrl: '{base}/login/oauth/authorize',
    tokenUrl: '{base}/login/oauth/access_token',
    userUrl: 'https://api.github.com/user',
    selfHosted: { userUrl: '{base}/api/v3/user' },
    scope: ['read:user', 'user:email'],
    tokenEndpointAuthMethod: 'client_secret_post',
    readRefreshResponse: asInvalidGrant(['bad_refresh_token']),
    readProfile: githubProfile,
    readRepositories: githubRepositories,
    readGroups: githubGroups,
    groupsScope: ['read:org'],
    // Since June 2024.
    switchParams: [['prompt', 'select_account']],
  },
  // GitLab's documentation. It is not tested that confirmed_at is about the address in `email`. For groups the
  // application there needs the scope `openid` too.
  gitlab: {
    label: 'GitLab',
    protocol: 'oauth2',
    baseUrl: 'https://gitlab.com',
    authorizeUrl: '{base}/oauth/authorize',
    tokenUrl: '{base}/oauth/token',
    revocationUrl: '{base}/oauth/revoke',
    userUrl: '{base}/api/v4/user',
    scope: ['read_user'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: gitlabProfile,
    readGroups: gitlabGroups,
    groupsScope: ['openid'],
  },
  // Known from public clients. The scopes are those of the consumer, `account` and `email`, whatever the request says.
  bitbucket: {
    label: 'Bitbucket',
    protocol: 'oauth2',
    authorizeUrl: 'https://bitbucket.org/site/oauth2/authorize',
    tokenUrl: 'https://bitbucket.org/site/oauth2/access_token',
    userUrl: 'https://api.bitbucket.org/2.0/user',
    scope: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    // No public client sends it.
    pkce: false,
    readProfile: bitbucketProfile,
  },
  // Gitea's documentation.
  gitea: { ...giteaPreset, label: 'Gitea', baseUrl: 'https://gitea.com' },
  // A fork of Gitea since 2022, with the same endpoints.
  forgejo: { ...giteaPreset, label: 'Forgejo', baseUrl: 'https://codeberg.org' },
} as const satisfies Readonly<Record<string, Preset>>

const readBitbucket = profileFrom({
  subject: 'uuid',
  name: 'display_name',
  login: 'nickname',
  picture: 'links.avatar.href',
})

/** The profile at Bitbucket. Addresses are never in /user; the list of them needs the consumer's scope `email`. */
async function bitbucketProfile(user: JsonObject, get: ApiGet): Promise<Profile> {
  const profile = readBitbucket(user)
  const email = await primaryEmail(get)
  return { ...profile, email, emailVerified: email !== null }
}

async function primaryEmail(get: ApiGet): Promise<string | null> {
  try {
    const response = await get('user/emails')
    const values = isObject(response) && Array.isArray(response.values) ? response.values.filter(isObject) : []
    return readEmail(values.find(each => each.is_primary === true && each.is_confirmed === true)?.email)
  } catch (error) {
    if (error instanceof ProtocolError && (error.status === 403 || error.status === 404)) return null
    throw error
  }
}

const readGitlab = profileFrom({
  subject: 'id',
  name: 'name',
  login: 'username',
  email: 'email',
  picture: 'avatar_url',
  // When the address of the account was confirmed; a new address is in another field until then.
  verified: ({ confirmed_at }) => typeof confirmed_at === 'string' && confirmed_at !== '',
})

/** The profile at GitLab. A blocked or locked user is refused, because their token may still work. */
function gitlabProfile(user: JsonObject): Profile {
  if ((user.state === undefined || user.state === 'active') && user.locked !== true) return readGitlab(user)
  throw new ProtocolError('provider_denied', 'The account is blocked or locked at GitLab')
}

const groupsIn = groupsAt(['groups'])

/**
 * The groups by their whole paths, as `acme/staff`, also those that are inherited. Only the userinfo of OpenID Connect
 * has them.
 */
export async function gitlabGroups(user: JsonObject, get: ApiGet): Promise<string[]> {
  const claims = await get('../../oauth/userinfo')
  if (isObject(claims) && claims.sub === readSubject(user.id)) return groupsIn(claims)
  throw new ProtocolError('subject_mismatch', 'The groups are not those of the person whom the profile is about')
}
