import { quoted, quotedUrl } from './errors.js'
import type { Reading } from './sources.js'
import type { PresetFacts } from './types.js'
import { readEndpoint } from './urls.js'
import { settingOf } from './variables.js'

/** Where a provider that people run themselves is, and which part of a provider with many tenants is meant. */
export function readInstallation(reading: Reading, name: string, facts: PresetFacts | undefined) {
  return { baseUrl: readBaseUrl(reading, name, facts), tenant: readTenant(reading, name, facts) }
}

function readBaseUrl(reading: Reading, name: string, facts: PresetFacts | undefined): string | undefined {
  const setting = settingOf(name, 'BASE_URL')
  const url = readEndpoint(reading, setting)
  if (url === undefined) {
    const { baseUrl, protocol, label } = facts ?? {}
    // The issuer alone says as much, and more exactly.
    const isNamed = protocol === 'oidc' && reading.value(settingOf(name, 'ISSUER')) !== undefined
    if (typeof baseUrl === 'object' && !isNamed) {
      reading.missing(setting, `; write where your ${label} is, like ${baseUrl.example}`)
    }
    return undefined
  }
  if (facts?.baseUrl === undefined) {
    return reading.addIssue(setting, 'is for presets of providers that people run themselves; take it out')
  }
  return url.includes('?')
    ? reading.addIssue(setting, `is ${quotedUrl(url)}; write it without a query`)
    : url.replace(/\/+$/, '')
}

function readTenant(reading: Reading, name: string, facts: PresetFacts | undefined): string | undefined {
  const setting = settingOf(name, 'TENANT')
  const value = reading.value(setting)
  const rule = facts?.tenant
  if (value === undefined) {
    if (rule && rule.standard === undefined) reading.missing(setting, `; write ${rule.wanted}`)
    return undefined
  }
  if (!rule) return reading.addIssue(setting, 'is for presets of providers with tenants; take it out')
  return rule.fits(value) ? value : reading.addIssue(setting, `is ${quoted(value)}; write ${rule.wanted}`)
}
