import { readAllowedUsers, readRoleRules, toRuleProviders } from './app/access-rules.js'
import { readDatabaseUrl } from './app/database-url.js'
import { readDevProvider } from './app/dev-provider.js'
import { readKeepAliveMs, readListen, readTrustedProxies } from './app/listen.js'
import { checkProxyNames, readProxies } from './app/proxies.js'
import { readBasePath, readHomePath, readPublicUrl } from './app/public-url.js'
import { readRateLimits } from './app/rate-limit-settings.js'
import { readSecretKeys } from './app/secret-keys.js'
import { readCookiePrefix, readSession } from './app/session-settings.js'
import { ConfigError, type ConfigIssue } from './errors.js'
import { checkCallbackPaths } from './provider/callback-paths.js'
import { warnDuplicateClients } from './provider/credentials.js'
import { readDefaultProvider, readProviderNames } from './provider/provider-names.js'
import { readProvider } from './provider/read-provider.js'
import { createReader, type SettingsReader, type Sources } from './reader.js'
import type { Config, PresetCatalog, ProviderSettings } from './types.js'
import { checkSettingNames } from './unknown-settings.js'
import { readChoice, readDurationMs } from './value-readers.js'

const EVENTS_KEEP_DEFAULT_MS = 180 * 86_400_000
const ACCOUNT_LINKING_CHOICES = ['ask', 'verified', 'never'] as const
const HSTS_CHOICES = ['host', 'subdomains', 'off'] as const
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export interface ParsedConfig {
  config: Config
  warnings: readonly ConfigIssue[]
}

/**
 * Checks all settings together. It has no side effects.
 * @returns no key in local without SECRET_KEYS: `load` adds the one that it keeps
 * @throws ConfigError with every issue
 */
export function parse(sources: Sources, catalog: PresetCatalog): ParsedConfig {
  const reader = createReader(sources)
  const publicUrl = readPublicUrl(reader)
  const listen = readListen(reader, sources)
  const appPaths = { basePath: readBasePath(reader), homePath: readHomePath(reader) }
  const databaseUrl = readDatabaseUrl(reader)
  const secretKeys = readSecretKeys(reader)
  const { names, misspelt } = readProviderNames(reader, sources, catalog)
  const providers = names.map(name => readProvider(reader, name, catalog))
  const known = [...names, ...misspelt.flatMap(({ name, preset }) => [name, preset])]
  const rules = readAccessSettings(reader, [...providers, ...misspelt.flatMap(namesInRules)], catalog)
  const config: Config = {
    environment: reader.environment,
    local: reader.local,
    publicUrl,
    listen,
    keepAlive: readKeepAliveMs(reader),
    ...appPaths,
    databaseUrl,
    secretKeys,
    ...rules,
    providers: providers.map(each => ({ ...each, groupsWanted: hasGroupRule(rules, each.name) })),
    defaultProvider: readDefaultProvider(reader, known),
    accountLinking: readChoice(reader, 'ACCOUNT_LINKING', ACCOUNT_LINKING_CHOICES) ?? 'ask',
    eventsKeep: readDurationMs(reader, 'EVENTS_KEEP') ?? EVENTS_KEEP_DEFAULT_MS,
    trustedProxies: readTrustedProxies(reader, listen),
    proxies: readProxies(reader, sources.process),
    cookiePrefix: readCookiePrefix(reader),
    hsts: readChoice(reader, 'HSTS', HSTS_CHOICES) ?? 'host',
    session: readSession(reader),
    rateLimits: readRateLimits(reader),
    logLevel: readChoice(reader, 'LOG_LEVEL', LOG_LEVELS) ?? 'info',
    devProvider: readDevProvider(reader, providers, catalog, {
      process: sources.process,
      publicUrl,
      listenHost: 'host' in listen ? listen.host : undefined,
    }),
  }
  checkCallbackPaths(reader, providers, appPaths)
  warnDuplicateClients(reader, providers)
  checkTlsVerification(reader, sources)
  checkProxyNames(reader, sources)
  checkSettingNames(reader, sources, known)
  if (reader.issues.length > 0) throw new ConfigError(reader.issues, sourceNames(sources))
  return { config, warnings: reader.warnings }
}

type ProviderInRules = Pick<ProviderSettings, 'name' | 'preset'>

/** Rules may name a misspelt provider, or the preset that was meant. */
const namesInRules = ({ name, preset }: { name: string; preset: string }): ProviderInRules[] => [
  { name, preset },
  { name: preset, preset },
]

type AccessSettings = Pick<Config, 'allowedUsers' | 'roleRules'>

/** Who may sign in, and which roles they get. */
function readAccessSettings(
  reader: SettingsReader,
  providers: readonly ProviderInRules[],
  catalog: PresetCatalog,
): AccessSettings {
  const providersInRules = toRuleProviders(providers, catalog)
  return {
    allowedUsers: readAllowedUsers(reader, providersInRules),
    roleRules: readRoleRules(reader, providersInRules),
  }
}

function hasGroupRule({ allowedUsers, roleRules }: AccessSettings, name: string): boolean {
  const all = [allowedUsers, ...roleRules.map(({ rules }) => rules)].flat()
  return all.some(rule => rule.kind === 'group' && rule.provider === name)
}

// Node reads this variable itself, and then accepts any certificate.
function checkTlsVerification(reader: SettingsReader, { process }: Sources): void {
  if (reader.local || process.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return
  reader.addIssue(
    'NODE_TLS_REJECT_UNAUTHORIZED',
    'is "0", which switches off all TLS checks; remove it, and name a CA of your own in NODE_EXTRA_CA_CERTS',
  )
}

const sourceNames = ({ files }: Sources) => [...files.map(({ name }) => name), 'the process environment']
