import type { Setting } from '../types.js'

const PROVIDER_SETTINGS = [
  {
    name: 'PRESET',
    default: "the provider's name",
    meaning: 'which built-in preset it starts from; a name without preset is a custom provider',
  },
  { name: 'PROTOCOL', default: 'preset', meaning: '`oauth2`, `oidc` or `oauth1`; required for a custom provider' },
  { name: 'CLIENT_ID', default: '', meaning: 'as registered with the provider' },
  { name: 'CLIENT_SECRET', default: '', meaning: 'as registered with the provider', secret: true },
  {
    name: 'CALLBACK_PATH',
    default: '`/oauth/<name>/callback`',
    meaning: 'for a callback URL that is registered already; each provider needs its own',
  },
  { name: 'ISSUER', default: 'preset', meaning: 'OIDC: everything else is discovered' },
  {
    name: 'DISCOVERY_URL',
    default: 'issuer + well-known path',
    meaning: 'OIDC: the URL of the metadata, if it is another one; the issuer in them must still be `<NAME>_ISSUER`',
  },
  { name: 'AUTHORIZE_URL', default: 'preset or discovery', meaning: 'where users are redirected to sign in' },
  { name: 'TOKEN_URL', default: 'preset or discovery', meaning: 'where the code is exchanged' },
  { name: 'REFRESH_URL', default: '`<NAME>_TOKEN_URL`', meaning: 'where tokens are refreshed' },
  {
    name: 'USER_URL',
    default: 'preset or discovery',
    meaning: 'where the profile is read, with the access token; OIDC: with `none` only the ID token is read',
  },
  { name: 'REVOCATION_URL', default: 'preset or discovery', meaning: 'where tokens are revoked' },
  { name: 'JWKS_URL', default: 'discovery', meaning: "OIDC: the provider's keys" },
  { name: 'END_SESSION_URL', default: 'discovery', meaning: "OIDC: where the provider's own session ends" },
  { name: 'REQUEST_TOKEN_URL', default: 'preset', meaning: 'OAuth 1.0a: where each sign-in begins' },
  { name: 'API_BASE_URL', default: 'preset', meaning: 'the base of relative paths in requests of the provider client' },
  { name: 'SCOPE', default: 'preset; custom OIDC `openid profile email`', meaning: 'space-separated' },
  {
    name: 'AUTHORIZE_PARAMS',
    default: '',
    meaning: "extra parameters, as a query string, like `prompt=login`; they never replace the protocol's own",
  },
  { name: 'TOKEN_PARAMS', default: '', meaning: 'the same for the token request', secret: true },
  { name: 'REFRESH_PARAMS', default: '', meaning: 'the same for the refresh request', secret: true },
  {
    name: 'REQUEST_TOKEN_PARAMS',
    default: '',
    meaning: 'OAuth 1.0a: the same for the request that begins a sign-in',
    secret: true,
  },
  {
    name: 'TOKEN_ENDPOINT_AUTH_METHOD',
    default: 'preset or `client_secret_basic`',
    meaning: '`client_secret_basic`, `client_secret_post` or `none`',
  },
  {
    name: 'PRIVATE_KEY',
    default: '',
    meaning: "PEM: Apple's key, which the client secret is made with, or the RSA key of OAuth 1.0a",
    secret: true,
  },
  { name: 'KEY_ID', default: '', meaning: 'Apple: the id of that key' },
  {
    name: 'SIGNATURE_METHOD',
    default: 'preset or `HMAC-SHA1`',
    meaning: 'OAuth 1.0a: `HMAC-SHA1`, `HMAC-SHA256`, `RSA-SHA1` or `PLAINTEXT` (https only)',
  },
  { name: 'PKCE', default: 'preset or `on`', meaning: '`off` only where a provider breaks on it' },
  { name: 'NONCE', default: 'preset or `on`', meaning: 'OIDC: `off` only where a provider breaks on it' },
  {
    name: 'RESPONSE_MODE',
    default: 'preset or `query`',
    meaning: 'OIDC: how the response arrives, `query` or `form_post`',
  },
  {
    name: 'MAX_AGE',
    default: '',
    meaning: 'OIDC: users who signed in to the provider longer ago have to do it again, like `12h` or `0`',
  },
  {
    name: 'ACR_VALUES',
    default: '',
    meaning: 'OIDC: how they must have signed in, space-separated, the preferred one first',
  },
  {
    name: 'ID_TOKEN_ALG',
    default: 'discovery',
    meaning: 'OIDC: the signature algorithms that are accepted, comma-separated, like `RS256` or `ES256,EdDSA`',
  },
  {
    name: 'AUDIENCES',
    default: '',
    meaning: 'OIDC: other audiences that its ID tokens may have besides this client, comma-separated, or `*` for any',
  },
  {
    name: 'BASE_URL',
    default: 'preset',
    meaning: 'the URL of a self-hosted provider, like GitLab, Gitea, GitHub Enterprise or Keycloak',
  },
  {
    name: 'TENANT',
    default: 'preset',
    meaning: 'Microsoft: the id of your tenant, several separated by commas, or `organizations`; Apple: your team id',
  },
  {
    name: 'EMAIL_TRUSTED',
    default: '`no`',
    meaning:
      '`yes`: its e-mail addresses count as verified although it does not say so; for a directory of your own, in which users cannot choose their address',
  },
  { name: 'LABEL', default: 'preset', meaning: 'the text on its button' },
  {
    name: 'SUBJECT_FIELD',
    default: '`sub`, else `id`',
    meaning: 'custom providers: where the unchanging id is in the profile, a dotted path like `data.id`',
  },
  {
    name: 'NAME_FIELD',
    default: '`name`, else given and family name',
    meaning:
      'custom providers: the same for the name; several, separated by commas like `given_name,family_name`, are joined with a blank',
  },
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
  {
    name: 'GROUPS_FIELD',
    default: 'preset or `groups`',
    meaning:
      'custom providers and OIDC: where the groups or roles are, several separated by commas, like `groups,realm_access.roles`; `groups.id` is the `id` of each object in the list `groups`',
  },
] as const satisfies readonly Setting[]

export type ProviderSuffix = (typeof PROVIDER_SETTINGS)[number]['name']

/** The settings that each provider has, named `<NAME>_...`. */
export const providerSettings: readonly Setting<ProviderSuffix>[] = PROVIDER_SETTINGS
