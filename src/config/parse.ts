import { readAllowedUsers, ruledProviders } from './access-rules.js'
import { readBasePath, readHomePath, readPublicUrl, readTrustedProxies } from './addresses.js'
import { checkCallbackPaths } from './callback-paths.js'
import { readCookiePrefix } from './cookie-prefix.js'
import { readDatabaseUrl } from './database-url.js'
import { readDevProvider } from './dev-provider.js'
import { warnDuplicateClients } from './duplicate-clients.js'
import { ConfigError, type ConfigIssue } from './errors.js'
import { readKeepAlive } from './keep-alive.js'
import { readListen } from './listen.js'
import { readDefaultProvider, readProviderNames } from './provider-names.js'
import { readProvider } from './providers.js'
import { checkProxyNames, readProxies } from './proxies.js'
import { readRateLimits } from './rate-limits.js'
import { createReader, type SettingsReader, type Sources } from './reader.js'
import { readRoleRules } from './role-rules.js'
import { readSecretKeys } from './secret-keys.js'
import type { Config, PresetCatalog, ProviderSettings } from './types.js'
import { checkSettingNames } from './unknown-settings.js'
import { readChoice, readDuration } from './value-readers.js'

const DAY = 86_400_000
const LINKINGS = ['ask', 'verified', 'never'] as const
const HSTS_SCOPES = ['host', 'subdomains', 'off'] as const
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export interface Parsed {
  config: Config
  warnings: readonly ConfigIssue[]
}

/**
 * Checks all settings together. It has no side effects.
 * @returns no key in local without SECRET_KEYS: `load` adds the one that it keeps
 * @throws ConfigError with every issue
 */
export function parse(sources: Sources, catalog: PresetCatalog): Parsed {
  const reader = createReader(sources)
  const publicUrl = readPublicUrl(reader)
  const listen = readListen(reader, sources)
  const locations = {
    basePath: readBasePath(reader),
    homePath: readHomePath(reader),
    databaseUrl: readDatabaseUrl(reader),
  }
  const secretKeys = readSecretKeys(reader)
  const { names, misspelt } = readProviderNames(reader, sources, catalog)
  const providers = names.map(name => readProvider(reader, name, catalog))
  const known = [...names, ...misspelt.flatMap(({ name, preset }) => [name, preset])]
  const rules = readAccess(reader, [...providers, ...misspelt.flatMap(asRuled)], catalog)
  const config: Config = {
    environment: reader.environment,
    local: reader.local,
    publicUrl,
    listen,
    keepAlive: readKeepAlive(reader),
    ...locations,
    secretKeys,
    ...rules,
    providers: providers.map(each => ({ ...each, groupsWanted: asksForGroups(rules, each.name) })),
    defaultProvider: readDefaultProvider(reader, known),
    accountLinking: readChoice(reader, 'ACCOUNT_LINKING', LINKINGS) ?? 'ask',
    eventsKeep: readDuration(reader, 'EVENTS_KEEP') ?? 180 * DAY,
    trustedProxies: readTrustedProxies(reader, listen),
    proxies: readProxies(reader, sources.process),
    cookiePrefix: readCookiePrefix(reader),
    hsts: readChoice(reader, 'HSTS', HSTS_SCOPES) ?? 'host',
    session: readSession(reader),
    rateLimits: readRateLimits(reader),
    logLevel: readChoice(reader, 'LOG_LEVEL', LOG_LEVELS) ?? 'info',
    devProvider: readDevProvider(reader, providers, catalog, {
      process: sources.process,
      publicUrl,
      listenHost: 'host' in listen ? listen.host : undefined,
    }),
  }
  checkCallbackPaths(reader, providers, locations)
  warnDuplicateClients(reader, providers)
  checkTlsVerification(reader, sources)
  checkProxyNames(reader, sources)
  checkSettingNames(reader, sources, known)
  if (reader.issues.length > 0) throw new ConfigError(reader.issues, sourceNames(sources))
  return { config, warnings: reader.warnings }
}

type Ruled = Pick<ProviderSettings, 'name' | 'preset'>

/** Rules may name a misspelt provider, or the preset that was meant. */
const asRuled = ({ name, preset }: { name: string; preset: string }): Ruled[] => [
  { name, preset },
  { name: preset, preset },
]

type Access = Pick<Config, 'allowedUsers' | 'roleRules'>

/** Who may sign in, and which roles they get. */
function readAccess(reader: SettingsReader, providers: readonly Ruled[], catalog: PresetCatalog): Access {
  const ruled = ruledProviders(providers, catalog)
  return { allowedUsers: readAllowedUsers(reader, ruled), roleRules: readRoleRules(reader, ruled) }
}

function asksForGroups({ allowedUsers, roleRules }: Access, name: string): boolean {
  const all = [allowedUsers, ...roleRules.map(({ rules }) => rules)].flat()
  return all.some(rule => rule.kind === 'group' && rule.provider === name)
}

function readSession(reader: SettingsReader): Config['session'] {
  const idle = readDuration(reader, 'SESSION_IDLE')
  const lifetime = readDuration(reader, 'SESSION_LIFETIME') ?? 30 * DAY
  const session = {
    // A shorter lifetime shortens the default idle time too.
    idle: idle ?? Math.min(7 * DAY, lifetime),
    lifetime,
    permanent: readChoice(reader, 'SESSION_PERMANENT', ['true', 'false']) !== 'false',
  }
  if (session.idle > session.lifetime) {
    const [idleText, lifetimeText = '30d'] = [reader.value('SESSION_IDLE'), reader.value('SESSION_LIFETIME')]
    const found = `is "${idleText}", longer than SESSION_LIFETIME, which is ${lifetimeText}`
    reader.addIssue('SESSION_IDLE', `${found}; write ${lifetimeText} at most, or set SESSION_LIFETIME=${idleText}`)
  }
  return session
}

// Node reads this variable itself, and then accepts any certificate.
function checkTlsVerification(reader: SettingsReader, { process }: Sources): void {
  if (reader.local || process.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return
  reader.addIssue(
    'NODE_TLS_REJECT_UNAUTHORIZED',
    'is "0", which switches off all TLS checks; take it out, and name a CA of your own in NODE_EXTRA_CA_CERTS',
  )
}

const sourceNames = ({ files }: Sources) => [...files.map(({ name }) => name), 'the process environment']
