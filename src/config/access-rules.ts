import { inWords, shown } from './faults.js'
import { readList } from './plain-values.js'
import type { Reading } from './sources.js'
import type { AccessRule, PresetCatalog, ProviderSettings } from './types.js'

const EXAMPLE = 'email:ada@example.org'
const DOMAIN = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u

/** A provider as rules speak of it. */
export interface RuledProvider {
  name: string
  /** Its label, where it tells nobody's groups. */
  groupless?: string
}

type Trouble = { trouble: string }
type RuleReader = (value: string, providers: readonly RuledProvider[]) => AccessRule | Trouble

const readers: Readonly<Record<AccessRule['kind'], RuleReader | undefined>> = {
  anybody: undefined,
  email(value) {
    return isAddress(value)
      ? { kind: 'email', email: value.toLowerCase() }
      : { trouble: `write one address, like ${EXAMPLE}` }
  },
  domain(value) {
    const domain = value.toLowerCase()
    return isDomain(domain)
      ? { kind: 'domain', domain }
      : { trouble: 'write what stands after the @ of an address, like domain:example.org' }
  },
  login(value, providers) {
    const { provider, rest, trouble } = readProviderPart(value, providers, 'login:github:octocat')
    return trouble ? { trouble } : { kind: 'login', provider, login: rest }
  },
  subject(value, providers) {
    const { provider, rest, trouble } = readProviderPart(value, providers, 'subject:github:583231')
    return trouble ? { trouble } : { kind: 'subject', provider, subject: rest }
  },
  group(value, providers) {
    const { provider, rest, trouble } = readProviderPart(value, providers, 'group:github:acme/staff', GROUP)
    if (trouble) return { trouble }
    const { groupless } = providers.find(({ name }) => name === provider) ?? {}
    return groupless === undefined
      ? { kind: 'group', provider, group: rest }
      : { trouble: `${groupless} tells nobody's groups, so it would fit nobody; take another rule` }
  },
}

/** What rules have to know of the providers that they speak of. */
export const ruledProviders = (
  providers: readonly Pick<ProviderSettings, 'name' | 'preset'>[],
  catalog: PresetCatalog,
): RuledProvider[] =>
  providers.map(({ name, preset }) => {
    const facts = preset === undefined ? undefined : catalog[preset]
    return { name, ...(facts && !facts.tellsGroups && { groupless: facts.label }) }
  })

/** ALLOWED_USERS: in local everybody, elsewhere nobody before it is said aloud. */
export function readAllowedUsers(reading: Reading, providers: readonly RuledProvider[]): readonly AccessRule[] {
  const rules = readList(reading, 'ALLOWED_USERS')
  if (rules === undefined) {
    if (reading.local) return [{ kind: 'anybody' }]
    reading.missing('ALLOWED_USERS', `; say who may enter, like ${EXAMPLE}, or * for anybody`)
    return []
  }
  return readRules(reading, 'ALLOWED_USERS', rules, providers)
}

/** The rules that are good; each other one is a fault of the setting. */
export const readRules = (
  reading: Reading,
  setting: 'ALLOWED_USERS' | 'ROLE_RULES',
  rules: readonly string[],
  providers: readonly RuledProvider[],
): AccessRule[] =>
  rules.flatMap(rule => {
    const read = readRule(rule, providers)
    if (!('trouble' in read)) return read
    reading.fault(setting, `has the rule ${shown(rule)}; ${read.trouble}`)
    return []
  })

function readRule(rule: string, providers: readonly RuledProvider[]): AccessRule | Trouble {
  if (rule === '*') return { kind: 'anybody' }
  const colon = rule.indexOf(':')
  const kind = colon === -1 ? '' : rule.slice(0, colon)
  const reader = Object.entries(readers).find(([name]) => name === kind)?.[1]
  if (reader) return reader(rule.slice(colon + 1).trim(), providers)
  const near = PLAIN.test(rule) ? nearestRule(rule, providers) : undefined
  if (near !== undefined) return { trouble: `did you mean ${near}?` }
  const kinds = inWords(['*', ...['email', 'domain', 'login', 'subject', 'group'].map(each => `${each}:...`)], 'or')
  return { trouble: `a rule is ${kinds}` }
}

/** What a fault may repeat as it stands: of no great length, without control characters and bidirectional overrides. */
const PLAIN = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,100}$/u

/** The rule that an address, a domain or a login alone was probably meant to be. */
function nearestRule(rule: string, providers: readonly RuledProvider[]): string | undefined {
  if (isAddress(rule)) return `email:${rule}`
  const domain = rule.replace(/^(\*\.|@|\*@)/, '')
  if (DOMAIN.test(domain)) return `domain:${domain}`
  const [provider, rest] = rule.split(/:(.*)/s)
  const isOfProvider = providers.some(({ name }) => name === provider) && rest !== undefined && NAME.test(rest)
  return isOfProvider ? `login:${provider}:${rest}` : undefined
}

const NAME = /^[^\s\p{Cc}]+$/u
/** Groups have blanks in their names, as "Domain Admins" has. */
const GROUP = /^[^\s\p{Cc}]+( +[^\s\p{Cc}]+)*$/u

function readProviderPart(value: string, providers: readonly RuledProvider[], example: string, pattern = NAME) {
  const colon = value.indexOf(':')
  const provider = value.slice(0, Math.max(colon, 0))
  const rest = value.slice(colon + 1)
  if (provider === '' || !pattern.test(rest)) return { provider, rest, trouble: `write it like ${example}` }
  const trouble = providers.some(({ name }) => name === provider) ? '' : `${shown(provider)} is not one of PROVIDERS`
  return { provider, rest, trouble }
}

function isAddress(text: string): boolean {
  const [box, domain, ...more] = text.split('@')
  return Boolean(box && domain) && more.length === 0 && isDomain(domain ?? '') && !/[\s*]/.test(text)
}

const isDomain = (text: string) => DOMAIN.test(text) || text === 'localhost'
