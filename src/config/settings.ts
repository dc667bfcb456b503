import { type ProviderSuffix, providerSettings } from './provider/provider-settings.js'
import type { Setting } from './types.js'

const GLOBAL_SETTINGS = [
  {
    name: 'ENVIRONMENT',
    default: '`local`',
    meaning: 'which folder of `env/` is read; set it in the process environment only',
  },
  {
    name: 'PUBLIC_URL',
    default: '`http://localhost:<bound port>` in local, required elsewhere',
    meaning: 'the origin browsers use, like `https://login.example.org`; every URL we build starts here',
  },
  { name: 'BASE_PATH', default: '', meaning: 'prefix of every route and link, like `/auth`' },
  {
    name: 'LISTEN_HOST',
    default: '`127.0.0.1`',
    meaning: 'the address it listens on, or a socket file, like `unix:/run/vestibule/http.sock`',
  },
  {
    name: 'PORT',
    default: '`3000`',
    meaning:
      'the port it listens on; `0` picks a free one; in local, where it is not set and 3000 is in use, the next free one',
  },
  {
    name: 'KEEP_ALIVE',
    default: '`130s`',
    meaning: 'how long an idle connection stays open, `4h` at most; longer than the proxy in front keeps it open',
  },
  {
    name: 'COOKIE_PREFIX',
    default: '`vestibule`; in local on another port than 3000 `vestibule-<port>`',
    meaning: "the first word of every cookie's name, so that two apps on one host do not sign each other out",
  },
  { name: 'HOME_PATH', default: '`/`', meaning: 'where a sign-in without a return path ends' },
  { name: 'METRICS_PORT', default: 'off', meaning: 'Prometheus text on its own listener', isPlanned: true },
  {
    name: 'DATABASE_URL',
    default: '`sqlite:var/vestibule.db`',
    meaning: '`sqlite:<path>`, `sqlite::memory:` to try it out, or `postgres://user:password@host/database`',
    // It may carry a password.
    secret: true,
  },
  {
    name: 'SECRET_KEYS',
    default: 'made once under `var/` in local, required elsewhere',
    meaning: 'comma-separated, newest first, each 32 random bytes in base64url; `npx vestibule secrets` makes one',
    secret: true,
  },
  {
    name: 'PROVIDERS',
    default: '`dev` in local, required elsewhere',
    meaning: 'comma-separated names of the providers, in the order shown, like `github,my-company`',
  },
  {
    name: 'DEFAULT_PROVIDER',
    default: 'the only provider, if there is one',
    meaning: 'the guard redirects users who are not signed in to this provider; without it, to the list at `/login`',
  },
  {
    name: 'ALLOWED_USERS',
    default: '`*` in local, required elsewhere',
    meaning:
      'who may sign in, comma-separated: `*` (everyone), `email:ada@example.org` and `domain:example.org` (verified addresses only), `login:github:octocat`, `subject:github:583231`, `group:github:acme/staff`',
  },
  {
    name: 'ROLE_RULES',
    default: 'none',
    meaning:
      'the roles of users, by the same rules: `admin=email:ada@example.org;editor=group:github:acme/writers,domain:example.org`; the name of a role has letters, digits, dots, hyphens and underscores',
  },
  {
    name: 'ACCOUNT_LINKING',
    default: '`ask`',
    meaning:
      'what happens when a new identity has a verified e-mail address that an account already has: `ask` (sign in to that account first, then connect), `verified` (connect it to that account) or `never`',
  },
  {
    name: 'SESSION_IDLE',
    default: '`7d`',
    meaning: 'a session that is not used for this time ends; like `45s`, `30m`, `12h`, `7d`',
  },
  { name: 'SESSION_LIFETIME', default: '`30d`', meaning: 'every session ends after this time' },
  { name: 'SESSION_PERMANENT', default: '`true`', meaning: '`false`: the cookie ends when the browser closes' },
  {
    name: 'TRUSTED_PROXIES',
    default: 'none',
    meaning:
      'addresses or CIDR ranges of proxies whose `X-Forwarded-For` is trusted, comma-separated; `unix` is the proxy that connects to the socket file',
  },
  {
    name: 'HSTS',
    default: '`host`',
    meaning:
      'on https, browsers use only https for two years: `host` for this host, `subdomains` for its subdomains too, or `off`',
  },
  { name: 'COOKIE_DOMAIN', default: 'none', meaning: 'shares the session with sibling hosts', isPlanned: true },
  { name: 'FORWARD_AUTH_HOSTS', default: 'none', meaning: 'the hosts that it protects', isPlanned: true },
  {
    name: 'RATE_LIMITS',
    default: '`off` in local, `on` elsewhere',
    meaning:
      '`on` (`starts=60,callbacks=60`), `off`, or how many sign-ins may begin, and how many callbacks may arrive, in a minute from one address; for one browser the limit is 20',
  },
  {
    name: 'LOG_LEVEL',
    default: '`info`',
    meaning: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
  },
  { name: 'EVENTS_KEEP', default: '`180d`', meaning: 'how long the audit trail is kept' },
  {
    name: 'FLOW_INSPECTOR',
    default: '`on` in local, `off` elsewhere',
    meaning: 'keeps the last sign-ins',
    isPlanned: true,
  },
  {
    name: 'DEV_PROVIDER_URL',
    default: '`http://127.0.0.1:3001`',
    meaning: 'where the development provider listens; a loopback address',
  },
  {
    name: 'DEV_PROVIDER_EXPOSED',
    default: '',
    meaning:
      '`yes`: the development provider runs in local although others can reach it, as in a container; everyone who can reach it can sign in as anyone',
  },
] as const satisfies readonly Setting[]

export type GlobalSettingName = (typeof GLOBAL_SETTINGS)[number]['name']

/** The whole name of a known setting. */
export type SettingName = GlobalSettingName | `${string}_${ProviderSuffix}`

/** The settings that exist once. The settings of each provider are in provider-settings.ts. */
export const globalSettings: readonly Setting<GlobalSettingName>[] = GLOBAL_SETTINGS

const settingsByName = new Map<string, Setting>(GLOBAL_SETTINGS.map(setting => [setting.name, setting]))
const settingsBySuffix = new Map<string, Setting>(providerSettings.map(setting => [setting.name, setting]))
const longestSuffixFirst = [...settingsBySuffix.keys()].sort((one, other) => other.length - one.length)

/** The name of a provider's setting: `my-company` and `CLIENT_ID` make `MY_COMPANY_CLIENT_ID`. */
export function settingOf<Suffix extends ProviderSuffix>(provider: string, suffix: Suffix): `${string}_${Suffix}` {
  return `${settingPrefixOf(provider)}_${suffix}`
}

/** A provider's name as its settings begin with it. */
export const settingPrefixOf = (provider: string): string => provider.toUpperCase().replaceAll('-', '_')

/** Splits a name that ends like a provider's setting; the longest ending is used. */
export function splitProviderSetting(name: string): { prefix: string; suffix: string } | undefined {
  const suffix = longestSuffixFirst.find(each => name.endsWith(`_${each}`))
  const prefix = suffix && name.slice(0, -suffix.length - 1)
  return suffix && prefix && /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(prefix) ? { prefix, suffix } : undefined
}

/** The setting of a name; `NAME_FILE` finds the setting `NAME`. */
export function findSetting(name: string): Setting | undefined {
  const found = settingsByName.get(name) ?? settingsBySuffix.get(splitProviderSetting(name)?.suffix ?? '')
  return found ?? (name.endsWith('_FILE') ? findSetting(name.slice(0, -'_FILE'.length)) : undefined)
}

/** The settings that work, as the rows of the table in .github/docs/settings.md: setting, default, meaning. */
export function markdownRows(): string[] {
  const row = (name: string, { default: standard, meaning }: Setting) =>
    `| ${[`\`${name}\``, standard, meaning].map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [
    ...globalSettings.filter(isAvailable).map(each => row(each.name, each)),
    ...providerSettings.filter(isAvailable).map(each => row(`<NAME>_${each.name}`, each)),
  ]
}

/** Whether a setting may be used today; the others are planned. */
export const isAvailable = (setting: Setting): boolean => setting.isPlanned !== true
