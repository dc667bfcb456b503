import { quoted, quotedUrl } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'
import type { PresetInfo } from '../types.js'
import { readEndpoint } from '../urls.js'

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
      reader.missing(setting, `; write where your ${label} is, like ${baseUrl.example}`)
    }
    return undefined
  }
  if (info?.baseUrl === undefined) {
    return reader.addIssue(setting, 'is for presets of providers that people run themselves; take it out')
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
  if (!rule) return reader.addIssue(setting, 'is for presets of providers with tenants; take it out')
  return rule.isValid(value) ? value : reader.addIssue(setting, `is ${quoted(value)}; write ${rule.howToWrite}`)
}
