import { openidProfile } from '../claims.js'
import type { Preset } from '../provider.js'

const openidPreset = {
  protocol: 'oidc',
  issuer: '{base}',
  scope: ['openid', 'profile', 'email'],
  tokenEndpointAuthMethod: 'client_secret_basic',
  readProfile: openidProfile,
} as const satisfies Partial<Preset>

/** OpenID providers that each company runs for itself: BASE_URL says where, or ISSUER names the issuer exactly. */
export const IDENTITY_SERVER_PRESETS = {
  // Keycloak's documentation.
  keycloak: {
    ...openidPreset,
    label: 'Keycloak',
    baseUrl: { example: 'https://id.example.org/realms/main' },
    // Older versions do not list it in their metadata, and do not support select_account.
    switchParams: [['prompt', 'login']],
  },
  // Auth0's documentation; its issuers end with a slash.
  auth0: {
    ...openidPreset,
    label: 'Auth0',
    issuer: '{base}/',
    baseUrl: { example: 'https://acme.eu.auth0.com' },
    switchParams: [['prompt', 'login']],
  },
  // Okta's documentation. A custom authorization server has another issuer: .../oauth2/default. A user is `sub`
  // and never preferred_username, which can change hands.
  okta: {
    ...openidPreset,
    label: 'Okta',
    baseUrl: { example: 'https://acme.okta.com' },
    // The only value of its `prompt` that lets the user choose.
    switchParams: [['prompt', 'login']],
  },
  // Known from public clients. email_verified may be text, and blanks in scopes must be %20. The issuer is not the
  // domain that users sign in at, whose /logout is described in Cognito's documentation: it refuses a request without
  // these two parameters, and supports no other parameter of RP-Initiated Logout.
  cognito: {
    ...openidPreset,
    label: 'Amazon Cognito',
    groupsFields: ['cognito:groups'],
    endSessionParams: { clientId: 'client_id', postLogoutRedirectUri: 'logout_uri' },
    baseUrl: { example: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI' },
  },
} as const satisfies Readonly<Record<string, Preset>>
