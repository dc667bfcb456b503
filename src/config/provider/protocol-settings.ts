import { joinWords } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'
import type { PresetInfo, ProtocolName } from '../types.js'
import type { ProviderSuffix } from './provider-settings.js'

/** The protocols that a setting means something to; one that is not here means something to all. */
const PROTOCOLS_BY_SETTING: Readonly<Partial<Record<ProviderSuffix, readonly ProtocolName[]>>> = {
  ISSUER: ['oidc'],
  DISCOVERY_URL: ['oidc'],
  JWKS_URL: ['oidc'],
  END_SESSION_URL: ['oidc'],
  NONCE: ['oidc'],
  RESPONSE_MODE: ['oidc'],
  MAX_AGE: ['oidc'],
  ACR_VALUES: ['oidc'],
  ID_TOKEN_ALG: ['oidc'],
  AUDIENCES: ['oidc'],
  TOKEN_ENDPOINT_AUTH_METHOD: ['oauth2', 'oidc'],
  TOKEN_PARAMS: ['oauth2', 'oidc'],
  REFRESH_URL: ['oauth2', 'oidc'],
  REFRESH_PARAMS: ['oauth2', 'oidc'],
  REVOCATION_URL: ['oauth2', 'oidc'],
  PKCE: ['oauth2', 'oidc'],
  REQUEST_TOKEN_URL: ['oauth1'],
  REQUEST_TOKEN_PARAMS: ['oauth1'],
  SIGNATURE_METHOD: ['oauth1'],
}

/** Reports each setting that the protocol of the provider does not have: it would have no effect. */
export function checkProtocolSettings(
  reader: SettingsReader,
  name: string,
  { protocol, info }: { protocol: ProtocolName; info: PresetInfo | undefined },
): void {
  for (const [suffix, protocols] of Object.entries(PROTOCOLS_BY_SETTING) as [
    ProviderSuffix,
    readonly ProtocolName[],
  ][]) {
    const setting = settingOf(name, suffix)
    if (protocols.includes(protocol) || reader.value(setting) === undefined) continue
    reader.addIssue(setting, `is for ${joinWords(protocols)}, and ${name} speaks ${protocol}; take it out`)
  }
  const userUrl = settingOf(name, 'USER_URL')
  if (protocol !== 'oidc' && reader.value(userUrl) === 'none') {
    reader.addIssue(userUrl, `is none, which is for oidc: in ${protocol} only that URL says who it is; write it`)
  }
  const scope = settingOf(name, 'SCOPE')
  if (protocol === 'oauth1' && !info?.hasScopeParam && reader.value(scope) !== undefined) {
    reader.addIssue(scope, 'is for oauth2 and oidc; OAuth 1.0a has no scope, so take it out')
  }
  const keyId = settingOf(name, 'KEY_ID')
  if (!info?.createsClientSecret && reader.value(keyId) !== undefined) {
    reader.addIssue(keyId, 'is for providers that take a private key in place of a client secret; take it out')
  }
}
