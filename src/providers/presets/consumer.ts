import { isObject } from '../../oauth/response.js'
import type { JsonObject } from '../../oauth/types.js'
import { openidProfile } from '../claims.js'
import type { Preset } from '../provider.js'
import { appleClientSecret, appleMayOmitNonce, applePostedName, appleTeam } from '../quirks/apple.js'
import { profileFrom } from '../quirks/mapped-profile.js'
import {
  microsoftAuthority,
  microsoftDiscoveryIssuer,
  microsoftGroup,
  microsoftIssuer,
  microsoftProfile,
  microsoftTenant,
} from '../quirks/microsoft.js'

/** Providers for private accounts. */
export const CONSUMER_PRESETS = {
  // Google's documentation of OpenID Connect. The parameter `hd` is only a hint to Google and limits nothing:
  // ALLOWED_USERS does.
  google: {
    label: 'Google',
    protocol: 'oidc',
    issuer: 'https://accounts.google.com',
    hasNoGroups: true,
    // Older tokens name it without the scheme.
    issuerAlias: 'accounts.google.com',
    scope: ['openid', 'profile', 'email'],
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: openidProfile,
    switchParams: [['prompt', 'select_account']],
  },
  // Microsoft's documentation of Entra ID, v2.0. The values of xms_edov (true, 1 or text) are known from public
  // clients.
  microsoft: {
    label: 'Microsoft',
    protocol: 'oidc',
    tenant: microsoftTenant,
    tenantInUrls: microsoftAuthority,
    issuer: 'https://login.microsoftonline.com/{tenant}/v2.0',
    discoveryIssuer: microsoftDiscoveryIssuer,
    issuerOf: microsoftIssuer,
    scope: ['openid', 'profile', 'email'],
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: microsoftProfile,
    switchParams: [['prompt', 'select_account']],
    nameGroup: microsoftGroup,
  },
  // Apple's documentation. It accepts no callback on http or localhost. That it accepts `openid` beside its own two
  // scopes is in its metadata, and not tested; no public client sends PKCE.
  apple: {
    label: 'Apple',
    protocol: 'oidc',
    httpsOnly: true,
    tenant: appleTeam,
    issuer: 'https://appleid.apple.com',
    hasNoGroups: true,
    // Apple has no user endpoint.
    userUrl: null,
    scope: ['openid', 'name', 'email'],
    // An app that requests name or address gets the response by POST, or not at all.
    responseMode: 'form_post',
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_post',
    createClientSecret: appleClientSecret,
    mayOmitNonce: appleMayOmitNonce,
    deniedErrors: ['user_cancelled_authorize'],
    readPostedName: applePostedName,
    readProfile: openidProfile,
    // Its documentation has no parameter for it.
    switchParams: 'unknown',
  },
  // Meta's documentation of Facebook Login. The address may be missing, and nothing says whether it is verified.
  facebook: {
    label: 'Facebook',
    protocol: 'oauth2',
    authorizeUrl: 'https://www.facebook.com/v24.0/dialog/oauth',
    tokenUrl: 'https://graph.facebook.com/v24.0/oauth/access_token',
    // Without `fields` it answers with id and name alone.
    userUrl: 'https://graph.facebook.com/v24.0/me?fields=id,name,email,picture',
    scope: ['email', 'public_profile'],
    scopeSeparator: ',',
    // No public client sends it.
    pkce: false,
    tokenEndpointAuthMethod: 'client_secret_post',
    readTokenResponse: facebookErrors,
    readProfile: profileFrom({ subject: 'id', name: 'name', email: 'email', picture: 'picture.data.url' }),
    // It requires the password again, and that may be the one of another account.
    switchParams: [['auth_type', 'reauthenticate']],
  },
  // LinkedIn's documentation of its OpenID Connect.
  linkedin: {
    label: 'LinkedIn',
    protocol: 'oidc',
    // Since April 2024; before, it was https://www.linkedin.com/.
    issuer: 'https://www.linkedin.com/oauth',
    hasNoGroups: true,
    scope: ['openid', 'profile', 'email'],
    // A code_verifier is answered with invalid_client unless LinkedIn has enabled it for the app.
    pkce: false,
    nonce: 'never echoed',
    deniedErrors: ['user_cancelled_login', 'user_cancelled_authorize'],
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: openidProfile,
    // Its documentation has no parameter for it.
    switchParams: 'unknown',
  },
  // Known from public clients. Nothing says whether the address is verified.
  amazon: {
    label: 'Amazon',
    protocol: 'oauth2',
    authorizeUrl: 'https://www.amazon.com/ap/oa',
    tokenUrl: 'https://api.amazon.com/auth/o2/token',
    userUrl: 'https://api.amazon.com/user/profile',
    scope: ['profile'],
    tokenEndpointAuthMethod: 'client_secret_post',
    readProfile: profileFrom({ subject: 'user_id', name: 'name', email: 'email' }),
  },
  // Known from public clients. It accepts no callback on http; that it accepts PKCE is not tested.
  yahoo: {
    label: 'Yahoo',
    protocol: 'oidc',
    httpsOnly: true,
    issuer: 'https://api.login.yahoo.com',
    hasNoGroups: true,
    scope: ['openid', 'profile', 'email'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    readProfile: openidProfile,
  },
} as const satisfies Readonly<Record<string, Preset>>

/** Errors are objects in `error`: {"error":{"message","type":"OAuthException","code":190,"fbtrace_id"}}. */
function facebookErrors(fields: JsonObject): JsonObject {
  const { error } = fields
  if (!isObject(error)) return fields
  const { type, message } = error
  return {
    error: typeof type === 'string' ? type.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase() : 'unknown_error',
    ...(typeof message === 'string' && { error_description: message }),
  }
}
