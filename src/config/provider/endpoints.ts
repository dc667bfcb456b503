import { isReserved, RESERVED_TOKEN_PARAMS } from '../../http/reserved-params.js'
import { quoted, quotedUrl } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { findSetting, type SettingName, settingOf } from '../settings.js'
import type { PresetInfo } from '../types.js'

// RFC 6749, appendix A: the characters of a parameter's name.
const PARAM_NAME = /^[-._A-Za-z0-9]+$/

export function readEndpoints(reader: SettingsReader, name: string) {
  return {
    authorizeUrl: readEndpoint(reader, settingOf(name, 'AUTHORIZE_URL')),
    tokenUrl: readEndpoint(reader, settingOf(name, 'TOKEN_URL')),
    refreshUrl: readEndpoint(reader, settingOf(name, 'REFRESH_URL')),
    revocationUrl: readEndpoint(reader, settingOf(name, 'REVOCATION_URL')),
    endSessionUrl: readEndpoint(reader, settingOf(name, 'END_SESSION_URL')),
    requestTokenUrl: readEndpoint(reader, settingOf(name, 'REQUEST_TOKEN_URL')),
    apiBaseUrl: readEndpoint(reader, settingOf(name, 'API_BASE_URL')),
  }
}

/** The URL of a provider's endpoint, as it was written. */
export function readEndpoint(reader: SettingsReader, name: SettingName): string | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  const problem = problemOfEndpoint(reader, value)
  return problem ? reader.addIssue(name, `is ${quotedUrl(value)}; ${problem}`) : value
}

function problemOfEndpoint(reader: SettingsReader, value: string): string | undefined {
  if (!/^https?:\/\/(?!\/)[^\s\\]+$/i.test(value) || !URL.canParse(value)) {
    return 'write a whole URL, like https://provider.example.org/path'
  }
  const url = new URL(value)
  if (url.username || url.password) return 'write it without user name and password'
  if (value.includes('#')) return 'write it without a fragment'
  const reserved = [...url.searchParams.keys()].find(isReservedParam)
  if (reserved) return `its query may not carry ${reserved}, which the protocol sets itself`
  if (url.protocol === 'http:' && !reader.local) return `${reader.environment} needs https://`
  return undefined
}

/** The base URL of a self-hosted provider, and the tenant of a provider that has many. */
export function readBaseUrlAndTenant(reader: SettingsReader, name: string, info: PresetInfo | undefined) {
  return { baseUrl: readBaseUrl(reader, name, info), tenant: readTenant(reader, name, info) }
}

function readBaseUrl(reader: SettingsReader, name: string, info: PresetInfo | undefined): string | undefined {
  const setting = settingOf(name, 'BASE_URL')
  const url = readEndpoint(reader, setting)
  if (url === undefined) {
    const { baseUrl, protocol, label } = info ?? {}
    // The issuer says the same more exactly, so it is enough.
    const isNamed = protocol === 'oidc' && reader.value(settingOf(name, 'ISSUER')) !== undefined
    if (typeof baseUrl === 'object' && !isNamed) {
      reader.missing(setting, `; write the URL of your ${label}, like ${baseUrl.example}`)
    }
    return undefined
  }
  if (info?.baseUrl === undefined) {
    return reader.addIssue(setting, 'is only for presets of self-hosted providers; remove it')
  }
  return url.includes('?')
    ? reader.addIssue(setting, `is ${quotedUrl(url)}; write it without a query`)
    : url.replace(/\/+$/, '')
}

function readTenant(reader: SettingsReader, name: string, info: PresetInfo | undefined): string | undefined {
  const setting = settingOf(name, 'TENANT')
  const value = reader.value(setting)
  const rule = info?.tenant
  if (value === undefined) {
    if (rule && rule.defaultValue === undefined) reader.missing(setting, `; write ${rule.howToWrite}`)
    return undefined
  }
  if (!rule) return reader.addIssue(setting, 'is for presets of providers with tenants; remove it')
  return rule.isValid(value) ? value : reader.addIssue(setting, `is ${quoted(value)}; write ${rule.howToWrite}`)
}

/** Extra parameters, written as a query string. */
export function readExtraParams(reader: SettingsReader, name: SettingName): [name: string, value: string][] {
  const value = reader.value(name)
  if (value === undefined) return []
  const params = [...new URLSearchParams(value)]
  if (params.length === 0) reader.addIssue(name, 'holds no parameter; write a query string, like prompt=login')
  for (const [param] of params) {
    if (isReservedParam(param)) {
      reader.addIssue(name, `may not set ${param}, which the protocol sets itself; remove it`)
    } else if (!PARAM_NAME.test(param)) {
      // The value of a secret setting may be the secret alone, without the name of a parameter.
      const found = findSetting(name)?.secret
        ? 'a parameter name that cannot be used'
        : `the parameter name ${quoted(param)}`
      reader.addIssue(name, `has ${found}; write a query string, like prompt=login`)
    }
  }
  return params
}

/**
 * Whether the protocol sets a parameter itself: a second value could undo the protection of the first. The case does
 * not matter, because some servers ignore it.
 */
const isReservedParam = (name: string): boolean => isReserved(name.toLowerCase(), RESERVED_TOKEN_PARAMS)
