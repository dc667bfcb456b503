import { openidProfile } from '../claims.js'
import type { Preset } from '../provider.js'
import { githubGroups, githubProfile, githubRepositories } from '../quirks/github.js'
import { profileFrom } from '../quirks/mapped-profile.js'
import { asInvalidGrant } from '../quirks/token-responses.js'

/** The protocols of the development provider. Their URLs are relative to where it listens. */
export const DEVELOPMENT_PRESETS = {
  // OAuth 2.0, shaped like GitHub.
  dev: {
    label: 'Development provider',
    protocol: 'oauth2',
    development: true,
    authorizeUrl: '/login/oauth/authorize',
    tokenUrl: '/login/oauth/access_token',
    revocationUrl: '/login/oauth/revoke',
    userUrl: '/user',
    scope: ['read:user', 'user:email'],
    tokenEndpointAuthMethod: 'client_secret_post',
    readRefreshResponse: asInvalidGrant(['bad_refresh_token']),
    readProfile: githubProfile,
    readRepositories: githubRepositories,
    readGroups: githubGroups,
    groupsScope: ['read:org'],
    switchParams: [['prompt', 'select_account']],
  },
  'dev-oidc': {
    label: 'Development provider (OpenID Connect)',
    protocol: 'oidc',
    development: true,
    issuer: '/oidc',
    scope: ['openid', 'profile', 'email'],
    groupsScope: ['groups'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: openidProfile,
  },
  'dev-oauth1': {
    label: 'Development provider (OAuth 1.0a)',
    protocol: 'oauth1',
    development: true,
    requestTokenUrl: '/oauth1/request_token',
    authorizeUrl: '/oauth1/authorize',
    tokenUrl: '/oauth1/access_token',
    userUrl: '/oauth1/user',
    scope: [],
    readProfile: profileFrom({ subject: 'id', name: 'name', login: 'login', email: 'email', picture: 'avatar_url' }),
    // It always shows the list of users.
    switchParams: [],
  },
} as const satisfies Readonly<Record<string, Preset>>
