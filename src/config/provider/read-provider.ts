import { joinWords, quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'
import type { PresetCatalog, PresetInfo, ProtocolName, ProviderSettings } from '../types.js'
import { readChoice, readOneLine } from '../value-readers.js'
import { readCallbackPath } from './callback-paths.js'
import { checkMissingCredentials, readCredentials } from './credentials.js'
import { readBaseUrlAndTenant, readEndpoints, readExtraParams } from './endpoints.js'
import {
  readOidcSettings,
  readOnOff,
  readWords,
  rejectUncheckedParams,
  rejectUnusedDiscoveryUrl,
} from './oidc-settings.js'
import { readGroupsPaths, readProfileFields } from './profile-fields.js'
import { nearestPreset } from './provider-names.js'
import type { ProviderSuffix } from './provider-settings.js'

const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const
export const PROTOCOLS = ['oauth2', 'oidc', 'oauth1'] as const

/** The settings that a custom provider of each protocol needs. */
export const REQUIRED_SETTINGS = {
  oauth2: ['AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL'],
  oidc: ['ISSUER'],
  oauth1: ['REQUEST_TOKEN_URL', 'AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL'],
} as const satisfies Record<ProtocolName, readonly ProviderSuffix[]>

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

/**
 * The settings of one provider of PROVIDERS. Whether its groups are needed depends on the rules, which are read later.
 */
export function readProvider(reader: SettingsReader, name: string, catalog: PresetCatalog): ProviderSettings {
  const preset = readPreset(reader, name, catalog)
  const info = preset === undefined ? undefined : catalog[preset]
  const custom = info === undefined && reader.value(settingOf(name, 'PRESET')) === undefined
  const protocol = readProtocol(reader, name, info)
  const method = readChoice(reader, settingOf(name, 'TOKEN_ENDPOINT_AUTH_METHOD'), AUTH_METHODS, ['private_key_jwt'])
  const settings: ProviderSettings = {
    name,
    preset,
    protocol,
    ...readCredentials(reader, name, { protocol, info, method }),
    callbackPath: readCallbackPath(reader, name),
    ...readEndpoints(reader, name),
    ...readBaseUrlAndTenant(reader, name, info),
    ...readOidcSettings(reader, name),
    scope: readWords(reader, settingOf(name, 'SCOPE'), 'scope'),
    authorizeParams: readExtraParams(reader, settingOf(name, 'AUTHORIZE_PARAMS')),
    tokenParams: readExtraParams(reader, settingOf(name, 'TOKEN_PARAMS')),
    refreshParams: readExtraParams(reader, settingOf(name, 'REFRESH_PARAMS')),
    requestTokenParams: readExtraParams(reader, settingOf(name, 'REQUEST_TOKEN_PARAMS')),
    tokenEndpointAuthMethod: method,
    pkce: readOnOff(reader, settingOf(name, 'PKCE')),
    label: readOneLine(reader, settingOf(name, 'LABEL'))?.trim(),
    emailTrusted: readEmailTrusted(reader, name),
    fields: readProfileFields(reader, name, preset),
    groupsFields: readGroupsPaths(reader, name, info),
    groupsWanted: false,
  }
  if (custom) checkCustomProvider(reader, name, catalog)
  if (info || isProtocol(reader.value(settingOf(name, 'PROTOCOL'))))
    checkProtocolSettings(reader, name, { protocol, info })
  checkMissingCredentials(reader, settings, info)
  rejectUncheckedParams(reader, settings)
  rejectUnusedDiscoveryUrl(reader, settings)
  checkPlaintext(reader, settings, info)
  return settings
}

/** The name of the preset, which may differ from the name of the provider. */
function readPreset(reader: SettingsReader, name: string, catalog: PresetCatalog): string | undefined {
  const setting = settingOf(name, 'PRESET')
  const preset = reader.value(setting)
  if (preset === undefined) return hasPresetOfSameName(reader, name, catalog) ? name : undefined
  if (Object.hasOwn(catalog, preset)) return preset
  return reader.addIssue(setting, `is ${quoted(preset)}; ${suggestPreset(preset, catalog)}`)
}

/**
 * Whether the preset of the same name is meant. Not where PROTOCOL differs: a provider whose preset is OAuth 2.0
 * may speak OpenID Connect too, or may only have the same name.
 */
function hasPresetOfSameName(reader: SettingsReader, name: string, catalog: PresetCatalog): boolean {
  // Own properties only: a provider may be called `constructor`.
  const info = Object.hasOwn(catalog, name) ? catalog[name] : undefined
  const protocol = reader.value(settingOf(name, 'PROTOCOL'))
  return info !== undefined && (info.development || !isProtocol(protocol) || protocol === info.protocol)
}

/** Suggests the preset with the most similar name, if any is similar. */
function suggestPreset(name: string, catalog: PresetCatalog): string {
  const near = nearestPreset(name, catalog)
  const all = 'list the presets with:  npx vestibule env --provider'
  return near ? `did you mean ${near}? Or ${all}` : all
}

function readProtocol(reader: SettingsReader, name: string, info: PresetInfo | undefined): ProtocolName {
  const setting = settingOf(name, 'PROTOCOL')
  const protocol = readChoice(reader, setting, PROTOCOLS)
  if (!info) return protocol ?? 'oauth2'
  if (protocol !== undefined && protocol !== info.protocol) {
    reader.addIssue(setting, `is "${protocol}", but the preset for ${info.label} uses ${info.protocol}; remove it`)
  }
  return info.protocol
}

function readEmailTrusted(reader: SettingsReader, name: string): boolean {
  const setting = settingOf(name, 'EMAIL_TRUSTED')
  if (readChoice(reader, setting, ['yes', 'no']) !== 'yes') return false
  reader.warn(
    setting,
    `is yes: EVERY E-MAIL ADDRESS THAT ${name} SENDS COUNTS AS VERIFIED, even where it says that the address is not`,
  )
  return true
}

function checkCustomProvider(reader: SettingsReader, name: string, catalog: PresetCatalog): void {
  const setting = settingOf(name, 'PROTOCOL')
  const protocol = reader.value(setting)
  if (protocol === undefined) {
    const presets = suggestPreset(name, catalog)
    reader.missing(setting, `; write oauth2, oidc or oauth1, because ${name} is no built-in preset (${presets})`)
    return
  }
  for (const suffix of isProtocol(protocol) ? REQUIRED_SETTINGS[protocol] : []) {
    const needed = settingOf(name, suffix)
    if (reader.value(needed) === undefined) reader.missing(needed, `, and ${name} is a custom provider`)
  }
}

export const isProtocol = (value: string | undefined): value is ProtocolName => PROTOCOLS.some(each => each === value)

/** Reports each setting that the protocol of the provider does not have: it would have no effect. */
function checkProtocolSettings(
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
    reader.addIssue(setting, `is for ${joinWords(protocols)}, and ${name} uses ${protocol}; remove it`)
  }
  const userUrl = settingOf(name, 'USER_URL')
  if (protocol !== 'oidc' && reader.value(userUrl) === 'none') {
    reader.addIssue(
      userUrl,
      `has the value none, which only oidc may use: in ${protocol} that URL alone says who the user is; write the URL`,
    )
  }
  const scope = settingOf(name, 'SCOPE')
  if (protocol === 'oauth1' && !info?.hasScopeParam && reader.value(scope) !== undefined) {
    reader.addIssue(scope, 'is for oauth2 and oidc; OAuth 1.0a has no scope, so remove it')
  }
  const keyId = settingOf(name, 'KEY_ID')
  if (!info?.createsClientSecret && reader.value(keyId) !== undefined) {
    reader.addIssue(keyId, 'is for providers that use a private key in place of a client secret; remove it')
  }
}

/** PLAINTEXT sends both secrets as they are (RFC 5849, 3.4.4). */
function checkPlaintext(reader: SettingsReader, settings: ProviderSettings, info: PresetInfo | undefined): void {
  const { name, signatureMethod, requestTokenUrl, tokenUrl, userUrl, apiBaseUrl } = settings
  const urls = [requestTokenUrl, tokenUrl, userUrl, apiBaseUrl]
  const isOpen = info?.development || urls.some(url => typeof url === 'string' && /^http:/i.test(url))
  if (signatureMethod === 'PLAINTEXT' && isOpen) {
    reader.addIssue(settingOf(name, 'SIGNATURE_METHOD'), 'is PLAINTEXT, which sends secrets: all URLs must be https://')
  }
}
