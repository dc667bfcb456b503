import type { Preset } from '../provider.js'
import { bitbucketProfile } from '../quirks/bitbucket.js'
import { githubGroups, githubProfile, githubRepositories } from '../quirks/github.js'
import { gitlabGroups, gitlabProfile } from '../quirks/gitlab.js'
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
