import { readCallbackPath } from './callback-paths.js'
import { readExtraParams } from './extra-params.js'
import { inWords, shown } from './faults.js'
import { readChoice, readText } from './plain-values.js'
import { isExampleSecret } from './secret-keys.js'
import type { Reading } from './sources.js'
import type { ClientAuthMethod, PresetCatalog, ProfileField, ProviderSettings } from './types.js'
import { readEndpoint } from './urls.js'
import { type SettingName, settingOf } from './variables.js'

const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const

const FIELDS = {
  subject: 'SUBJECT_FIELD',
  name: 'NAME_FIELD',
  login: 'LOGIN_FIELD',
  email: 'EMAIL_FIELD',
  emailVerified: 'EMAIL_VERIFIED_FIELD',
  picture: 'PICTURE_FIELD',
} as const satisfies Record<ProfileField, string>

/** The settings of one provider of PROVIDERS. */
export function readProvider(reading: Reading, name: string, catalog: PresetCatalog): ProviderSettings {
  const preset = readPreset(reading, name, catalog)
  const custom = preset === undefined && reading.value(settingOf(name, 'PRESET')) === undefined
  const method = readChoice(reading, settingOf(name, 'TOKEN_ENDPOINT_AUTH_METHOD'), AUTH_METHODS, ['private_key_jwt'])
  const settings: ProviderSettings = {
    name,
    preset,
    protocol: readChoice(reading, settingOf(name, 'PROTOCOL'), ['oauth2'], ['oidc', 'oauth1']) ?? 'oauth2',
    ...readClient(reading, name, method),
    ...{ privateKey: undefined, keyId: undefined, issuer: undefined, jwksUrl: undefined, requestTokenUrl: undefined },
    ...{ baseUrl: undefined, tenant: undefined, requestTokenParams: [], signatureMethod: undefined, nonce: undefined },
    ...{ responseMode: undefined, maxAge: undefined, acrValues: undefined, idTokenAlgs: undefined },
    callbackPath: readCallbackPath(reading, name),
    ...readEndpoints(reading, name),
    scope: readScope(reading, settingOf(name, 'SCOPE')),
    authorizeParams: readExtraParams(reading, settingOf(name, 'AUTHORIZE_PARAMS')),
    tokenParams: readExtraParams(reading, settingOf(name, 'TOKEN_PARAMS')),
    tokenEndpointAuthMethod: method,
    pkce: readChoice(reading, settingOf(name, 'PKCE'), ['on', 'off']) !== 'off',
    label: readText(reading, settingOf(name, 'LABEL'))?.trim(),
    fields: readFields(reading, name, preset),
  }
  if (custom) judgeCustom(reading, settings, catalog)
  if (!(preset && catalog[preset]?.development)) judgeCredentials(reading, settings)
  return settings
}

/** The name of a catalog's row, also when the row is not the provider's namesake. */
function readPreset(reading: Reading, name: string, catalog: PresetCatalog): string | undefined {
  const setting = settingOf(name, 'PRESET')
  const preset = reading.value(setting)
  // Own rows only: a provider may be called `constructor`.
  if (preset === undefined) return Object.hasOwn(catalog, name) ? name : undefined
  if (Object.hasOwn(catalog, preset)) return preset
  return reading.fault(setting, `is ${shown(preset)}; built-in presets are ${inWords(Object.keys(catalog))}`)
}

function readClient(reading: Reading, name: string, method: ClientAuthMethod | undefined) {
  const setting = settingOf(name, 'CLIENT_SECRET')
  const clientSecret = readText(reading, setting)
  if (clientSecret !== undefined && method === 'none') {
    reading.fault(setting, `is set, but ${settingOf(name, 'TOKEN_ENDPOINT_AUTH_METHOD')} is none; take one of them out`)
  } else if (clientSecret !== undefined && !reading.local && isExampleSecret(clientSecret)) {
    reading.fault(setting, `is an example; write the secret that you were given for ${name}`)
  }
  return { clientId: readText(reading, settingOf(name, 'CLIENT_ID')), clientSecret }
}

function readEndpoints(reading: Reading, name: string) {
  return {
    authorizeUrl: readEndpoint(reading, settingOf(name, 'AUTHORIZE_URL')),
    tokenUrl: readEndpoint(reading, settingOf(name, 'TOKEN_URL')),
    userUrl: readEndpoint(reading, settingOf(name, 'USER_URL')),
    apiBaseUrl: readEndpoint(reading, settingOf(name, 'API_BASE_URL')),
  }
}

function readScope(reading: Reading, setting: SettingName): readonly string[] | undefined {
  const words = reading.value(setting)?.split(' ').filter(Boolean)
  // RFC 6749, appendix A.4
  const wrong = words?.find(word => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word))
  return wrong === undefined
    ? words
    : reading.fault(setting, `has the scope ${shown(wrong)}; write plain words with blanks between them`)
}

function readFields(reading: Reading, name: string, preset: string | undefined): ProviderSettings['fields'] {
  const fields: ProviderSettings['fields'] = {}
  for (const field of Object.keys(FIELDS) as ProfileField[]) {
    const setting = settingOf(name, FIELDS[field])
    const path = reading.value(setting)
    if (path === undefined) continue
    if (preset !== undefined) {
      reading.fault(setting, `is for custom providers; the preset ${preset} knows its profile, so take it out`)
    } else if (!/^[^.\s\p{Cc}]+(\.[^.\s\p{Cc}]+)*$/u.test(path)) {
      reading.fault(setting, `is ${shown(path)}; write a dotted path, like data.id`)
    } else {
      fields[field] = path
    }
  }
  return fields
}

function judgeCustom(reading: Reading, settings: ProviderSettings, catalog: PresetCatalog): void {
  const { name } = settings
  const protocol = settingOf(name, 'PROTOCOL')
  const presets = inWords(Object.keys(catalog))
  if (reading.value(protocol) === undefined) {
    reading.missing(protocol, `; ${name} is no built-in preset (those are ${presets}), so write oauth2`)
  }
  for (const suffix of ['AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL'] as const) {
    const setting = settingOf(name, suffix)
    if (reading.value(setting) === undefined) reading.missing(setting, `, and ${name} is a custom provider`)
  }
}

function judgeCredentials(reading: Reading, settings: ProviderSettings): void {
  const { name, clientId, clientSecret, tokenEndpointAuthMethod } = settings
  const why = `, and ${name} is one of PROVIDERS`
  if (clientId === undefined) reading.missing(settingOf(name, 'CLIENT_ID'), why)
  if (clientSecret === undefined && tokenEndpointAuthMethod !== 'none') {
    reading.missing(settingOf(name, 'CLIENT_SECRET'), why)
  }
}
