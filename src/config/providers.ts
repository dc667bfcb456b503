import { judgeBelonging } from './belonging.js'
import { readCallbackPath } from './callback-paths.js'
import { quoted } from './errors.js'
import { readExtraParams } from './extra-params.js'
import { readInstallation } from './installation.js'
import { readOpenId, readSwitch, readWords, refuseUncheckedWishes, refuseUnusedDiscovery } from './openid.js'
import { readChoice, readText } from './plain-values.js'
import { nearestPreset } from './preset-names.js'
import { readFields, readGroupsFields } from './profile-fields.js'
import { judgeCredentials, readKeys } from './provider-keys.js'
import type { ProviderSuffix } from './provider-variables.js'
import type { Reading } from './sources.js'
import type { PresetCatalog, PresetFacts, Protocol, ProviderSettings } from './types.js'
import { readEndpoint } from './urls.js'
import { settingOf } from './variables.js'

const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const
export const PROTOCOLS = ['oauth2', 'oidc', 'oauth1'] as const

/** What a custom provider of each protocol has to say. */
export const NEEDED = {
  oauth2: ['AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL'],
  oidc: ['ISSUER'],
  oauth1: ['REQUEST_TOKEN_URL', 'AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL'],
} as const satisfies Record<Protocol, readonly ProviderSuffix[]>

/** The settings of one provider of PROVIDERS. Whether its groups are wanted the rules say, which are read later. */
export function readProvider(reading: Reading, name: string, catalog: PresetCatalog): ProviderSettings {
  const preset = readPreset(reading, name, catalog)
  const facts = preset === undefined ? undefined : catalog[preset]
  const custom = facts === undefined && reading.value(settingOf(name, 'PRESET')) === undefined
  const protocol = readProtocol(reading, name, facts)
  const method = readChoice(reading, settingOf(name, 'TOKEN_ENDPOINT_AUTH_METHOD'), AUTH_METHODS, ['private_key_jwt'])
  const settings: ProviderSettings = {
    ...{ name, preset, protocol },
    ...readKeys(reading, name, { protocol, facts, method }),
    callbackPath: readCallbackPath(reading, name),
    ...readEndpoints(reading, name),
    ...readInstallation(reading, name, facts),
    ...readOpenId(reading, name),
    scope: readWords(reading, settingOf(name, 'SCOPE'), 'scope'),
    authorizeParams: readExtraParams(reading, settingOf(name, 'AUTHORIZE_PARAMS')),
    tokenParams: readExtraParams(reading, settingOf(name, 'TOKEN_PARAMS')),
    refreshParams: readExtraParams(reading, settingOf(name, 'REFRESH_PARAMS')),
    requestTokenParams: readExtraParams(reading, settingOf(name, 'REQUEST_TOKEN_PARAMS')),
    tokenEndpointAuthMethod: method,
    pkce: readSwitch(reading, settingOf(name, 'PKCE')),
    label: readText(reading, settingOf(name, 'LABEL'))?.trim(),
    emailTrusted: readEmailTrusted(reading, name),
    fields: readFields(reading, name, preset),
    groupsFields: readGroupsFields(reading, name, facts),
    groupsWanted: false,
  }
  if (custom) judgeCustom(reading, name, catalog)
  if (facts || isProtocol(reading.value(settingOf(name, 'PROTOCOL'))))
    judgeBelonging(reading, name, { protocol, facts })
  judgeCredentials(reading, settings, facts)
  refuseUncheckedWishes(reading, settings)
  refuseUnusedDiscovery(reading, settings)
  judgePlaintext(reading, settings, facts)
  return settings
}

/** The name of a catalog's row, also when the row is not the provider's namesake. */
function readPreset(reading: Reading, name: string, catalog: PresetCatalog): string | undefined {
  const setting = settingOf(name, 'PRESET')
  const preset = reading.value(setting)
  if (preset === undefined) return hasNamesake(reading, name, catalog) ? name : undefined
  if (Object.hasOwn(catalog, preset)) return preset
  return reading.addIssue(setting, `is ${quoted(preset)}; ${presetsLike(preset, catalog)}`)
}

/**
 * Whether a catalog's row of the same name is meant. Not where PROTOCOL is another one: a provider that speaks OAuth 2.0
 * in its row may speak OpenID Connect too, or only share the name.
 */
function hasNamesake(reading: Reading, name: string, catalog: PresetCatalog): boolean {
  // Own rows only: a provider may be called `constructor`.
  const facts = Object.hasOwn(catalog, name) ? catalog[name] : undefined
  const protocol = reading.value(settingOf(name, 'PROTOCOL'))
  return facts !== undefined && (facts.development || !isProtocol(protocol) || protocol === facts.protocol)
}

/** Where to look for the right name of a preset: at the nearest one, if that is near at all. */
function presetsLike(name: string, catalog: PresetCatalog): string {
  const near = nearestPreset(name, catalog)
  const all = 'list the presets with:  npx vestibule env --provider'
  return near ? `did you mean ${near}? Or ${all}` : all
}

function readProtocol(reading: Reading, name: string, facts: PresetFacts | undefined): Protocol {
  const setting = settingOf(name, 'PROTOCOL')
  const protocol = readChoice(reading, setting, PROTOCOLS)
  if (!facts) return protocol ?? 'oauth2'
  if (protocol !== undefined && protocol !== facts.protocol) {
    reading.addIssue(
      setting,
      `is "${protocol}", but the preset for ${facts.label} speaks ${facts.protocol}; take it out`,
    )
  }
  return facts.protocol
}

function readEndpoints(reading: Reading, name: string) {
  return {
    authorizeUrl: readEndpoint(reading, settingOf(name, 'AUTHORIZE_URL')),
    tokenUrl: readEndpoint(reading, settingOf(name, 'TOKEN_URL')),
    refreshUrl: readEndpoint(reading, settingOf(name, 'REFRESH_URL')),
    revocationUrl: readEndpoint(reading, settingOf(name, 'REVOCATION_URL')),
    endSessionUrl: readEndpoint(reading, settingOf(name, 'END_SESSION_URL')),
    requestTokenUrl: readEndpoint(reading, settingOf(name, 'REQUEST_TOKEN_URL')),
    apiBaseUrl: readEndpoint(reading, settingOf(name, 'API_BASE_URL')),
  }
}

function readEmailTrusted(reading: Reading, name: string): boolean {
  const setting = settingOf(name, 'EMAIL_TRUSTED')
  if (readChoice(reading, setting, ['yes', 'no']) !== 'yes') return false
  reading.warn(setting, `is yes: EVERY E-MAIL ADDRESS THAT ${name} TELLS COUNTS AS VERIFIED, whatever it says of it`)
  return true
}

function judgeCustom(reading: Reading, name: string, catalog: PresetCatalog): void {
  const setting = settingOf(name, 'PROTOCOL')
  const protocol = reading.value(setting)
  if (protocol === undefined) {
    const presets = presetsLike(name, catalog)
    reading.missing(setting, `; write oauth2, oidc or oauth1, because ${name} is no built-in preset (${presets})`)
    return
  }
  for (const suffix of isProtocol(protocol) ? NEEDED[protocol] : []) {
    const needed = settingOf(name, suffix)
    if (reading.value(needed) === undefined) reading.missing(needed, `, and ${name} is a custom provider`)
  }
}

export const isProtocol = (value: string | undefined): value is Protocol => PROTOCOLS.some(each => each === value)

/** PLAINTEXT sends both secrets as they are (RFC 5849, 3.4.4). */
function judgePlaintext(reading: Reading, settings: ProviderSettings, facts: PresetFacts | undefined): void {
  const { name, signatureMethod, requestTokenUrl, tokenUrl, userUrl, apiBaseUrl } = settings
  const urls = [requestTokenUrl, tokenUrl, userUrl, apiBaseUrl]
  const isOpen = facts?.development || urls.some(url => typeof url === 'string' && /^http:/i.test(url))
  if (signatureMethod === 'PLAINTEXT' && isOpen) {
    reading.addIssue(
      settingOf(name, 'SIGNATURE_METHOD'),
      'is PLAINTEXT, which sends secrets: all URLs must be https://',
    )
  }
}
