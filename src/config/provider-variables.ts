import type { Variable } from './variable.js'

const rows = [
  {
    name: 'PRESET',
    default: "the provider's name",
    meaning: 'which built-in preset it starts from; a name without preset is a custom provider',
  },
  { name: 'PROTOCOL', default: 'preset', meaning: '`oauth2`; a custom provider must say it' },
  { name: 'CLIENT_ID', default: '', meaning: 'as registered with the provider' },
  { name: 'CLIENT_SECRET', default: '', meaning: 'as registered with the provider', secret: true },
  {
    name: 'CALLBACK_PATH',
    default: '`/oauth/<name>/callback`',
    meaning: 'for an app registered elsewhere before; unique per provider',
  },
  { name: 'ISSUER', default: 'preset', meaning: 'OIDC: everything else is discovered', notYet: true },
  { name: 'AUTHORIZE_URL', default: 'preset', meaning: 'where people are sent to sign in' },
  { name: 'TOKEN_URL', default: 'preset', meaning: 'where the code is exchanged' },
  { name: 'REFRESH_URL', default: 'preset', meaning: 'where a token is renewed', notYet: true },
  { name: 'USER_URL', default: 'preset', meaning: 'where the profile is read, with the access token' },
  { name: 'REVOCATION_URL', default: 'preset', meaning: 'where a token is given back', notYet: true },
  { name: 'JWKS_URL', default: 'discovery', meaning: "OIDC: the provider's keys", notYet: true },
  { name: 'END_SESSION_URL', default: 'discovery', meaning: "OIDC: ends the provider's session", notYet: true },
  { name: 'REQUEST_TOKEN_URL', default: 'preset', meaning: 'OAuth 1.0a: the temporary credentials', notYet: true },
  { name: 'API_BASE_URL', default: 'preset', meaning: 'relative paths of the provider client start here' },
  { name: 'SCOPE', default: 'preset', meaning: 'space-separated' },
  {
    name: 'AUTHORIZE_PARAMS',
    default: '',
    meaning: "extra parameters, as a query string, like `prompt=login`; they never replace the protocol's own",
  },
  { name: 'TOKEN_PARAMS', default: '', meaning: 'the same for the token request', secret: true },
  { name: 'REFRESH_PARAMS', default: '', meaning: 'the same for the refresh request', secret: true, notYet: true },
  { name: 'REQUEST_TOKEN_PARAMS', default: '', meaning: 'OAuth 1.0a: the same', secret: true, notYet: true },
  {
    name: 'TOKEN_ENDPOINT_AUTH_METHOD',
    default: 'preset or `client_secret_basic`',
    meaning: '`client_secret_basic`, `client_secret_post` or `none`',
  },
  { name: 'PRIVATE_KEY', default: '', meaning: 'PEM', secret: true, notYet: true },
  { name: 'KEY_ID', default: '', meaning: 'the id of the private key', notYet: true },
  { name: 'SIGNATURE_METHOD', default: '`HMAC-SHA1`', meaning: 'OAuth 1.0a', notYet: true },
  { name: 'PKCE', default: '`on`', meaning: '`off` only where a provider breaks on it' },
  { name: 'NONCE', default: '`on`', meaning: 'OIDC: `off` only where a provider breaks on it', notYet: true },
  { name: 'RESPONSE_MODE', default: '', meaning: 'OIDC', notYet: true },
  { name: 'MAX_AGE', default: '', meaning: 'OIDC', notYet: true },
  { name: 'ACR_VALUES', default: '', meaning: 'OIDC', notYet: true },
  { name: 'ID_TOKEN_ALG', default: '', meaning: 'OIDC', notYet: true },
  { name: 'BASE_URL', default: 'preset', meaning: 'a self-hosted provider', notYet: true },
  { name: 'TENANT', default: '', meaning: 'Entra', notYet: true },
  { name: 'LABEL', default: 'preset', meaning: 'the text on its button' },
  {
    name: 'SUBJECT_FIELD',
    default: '`sub`, else `id`',
    meaning: 'custom providers: where the unchanging id is in the profile, a dotted path like `data.id`',
  },
  { name: 'NAME_FIELD', default: '`name`', meaning: 'custom providers: the same for the name' },
  {
    name: 'LOGIN_FIELD',
    default: '`login`, else `preferred_username`, else `username`',
    meaning: 'custom providers: the same for the login',
  },
  { name: 'EMAIL_FIELD', default: '`email`', meaning: 'custom providers: the same for the e-mail address' },
  {
    name: 'EMAIL_VERIFIED_FIELD',
    default: '`email_verified`',
    meaning: 'custom providers: the same for whether the provider has verified the address',
  },
  { name: 'PICTURE_FIELD', default: '`picture`', meaning: 'custom providers: the same for the picture' },
  { name: 'GROUPS_FIELD', default: '`groups`', meaning: 'custom providers: the groups', notYet: true },
] as const satisfies readonly Variable[]

export type ProviderSuffix = (typeof rows)[number]['name']

/** The settings that each provider has, named `<NAME>_...`. */
export const providerVariables: readonly Variable<ProviderSuffix>[] = rows
