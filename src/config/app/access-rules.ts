import { joinWords, quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import type { AccessRule, PresetCatalog, ProviderSettings, RoleRule } from '../types.js'
import { readList } from '../value-readers.js'

const RULE_EXAMPLE = 'email:ada@example.org'
const ROLE_EXAMPLE = 'admin=email:ada@example.org;editor=group:github:acme/writers'
const DOMAIN = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u

/** The name of a role needs no escaping in a header or a query. */
const ROLE = /^[a-z][\w.-]{0,63}$/i
const NAME = /^[^\s\p{Cc}]+$/u

/** Names of groups may contain spaces, like "Domain Admins". */
const GROUP = /^[^\s\p{Cc}]+( +[^\s\p{Cc}]+)*$/u

/**
 * Texts that an issue may repeat unchanged: at most 100 characters, without control characters and bidirectional
 * overrides.
 */
const PRINTABLE_RULE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,100}$/u

/** A provider that rules may name. */
interface RuleProvider {
  name: string
  /** Its label, where it never sends groups. */
  groupless?: string
}

type RuleProblem = { problem: string }

type RuleReader = (value: string, providers: readonly RuleProvider[]) => AccessRule | RuleProblem

const ruleReaders: Readonly<Record<AccessRule['kind'], RuleReader | undefined>> = {
  anybody: undefined,
  email(value) {
    return isEmailAddress(value)
      ? { kind: 'email', email: value.toLowerCase() }
      : { problem: `write one address, like ${RULE_EXAMPLE}` }
  },
  domain(value) {
    const domain = value.toLowerCase()
    return isDomain(domain)
      ? { kind: 'domain', domain }
      : { problem: 'write the part of an address after the @, like domain:example.org' }
  },
  login(value, providers) {
    const { provider, rest, problem } = readProviderPart(value, providers, 'login:github:octocat')
    return problem ? { problem } : { kind: 'login', provider, login: rest }
  },
  subject(value, providers) {
    const { provider, rest, problem } = readProviderPart(value, providers, 'subject:github:583231')
    return problem ? { problem } : { kind: 'subject', provider, subject: rest }
  },
  group(value, providers) {
    const { provider, rest, problem } = readProviderPart(value, providers, 'group:github:acme/staff', GROUP)
    if (problem) return { problem }
    const { groupless } = providers.find(({ name }) => name === provider) ?? {}
    return groupless === undefined
      ? { kind: 'group', provider, group: rest }
      : { problem: `${groupless} sends no groups, so this rule would match no user; write another rule` }
  },
}

/** What the readers of rules need to know about the providers. */
export const toRuleProviders = (
  providers: readonly Pick<ProviderSettings, 'name' | 'preset'>[],
  catalog: PresetCatalog,
): RuleProvider[] =>
  providers.map(({ name, preset }) => {
    const info = preset === undefined ? undefined : catalog[preset]
    return { name, ...(info && !info.hasGroups && { groupless: info.label }) }
  })

/** ALLOWED_USERS. In local the default is everyone; in other environments the setting is required. */
export function readAllowedUsers(reader: SettingsReader, providers: readonly RuleProvider[]): readonly AccessRule[] {
  const rules = readList(reader, 'ALLOWED_USERS')
  if (rules === undefined) {
    if (reader.local) return [{ kind: 'anybody' }]
    reader.missing('ALLOWED_USERS', `; write who may sign in, like ${RULE_EXAMPLE}, or * for everyone`)
    return []
  }
  return readRules(reader, 'ALLOWED_USERS', rules, providers)
}

/** Returns the valid rules; each of the others becomes an issue of the setting. */
export const readRules = (
  reader: SettingsReader,
  setting: 'ALLOWED_USERS' | 'ROLE_RULES',
  rules: readonly string[],
  providers: readonly RuleProvider[],
): AccessRule[] =>
  rules.flatMap(rule => {
    const read = readRule(rule, providers)
    if (!('problem' in read)) return read
    reader.addIssue(setting, `has the rule ${quoted(rule)}; ${read.problem}`)
    return []
  })

function readRule(rule: string, providers: readonly RuleProvider[]): AccessRule | RuleProblem {
  if (rule === '*') return { kind: 'anybody' }
  const colon = rule.indexOf(':')
  const kind = colon === -1 ? '' : rule.slice(0, colon)
  const readValue = Object.entries(ruleReaders).find(([name]) => name === kind)?.[1]
  if (readValue) return readValue(rule.slice(colon + 1).trim(), providers)
  const near = PRINTABLE_RULE.test(rule) ? nearestRule(rule, providers) : undefined
  if (near !== undefined) return { problem: `did you mean ${near}?` }
  const kinds = joinWords(['*', ...['email', 'domain', 'login', 'subject', 'group'].map(each => `${each}:...`)], 'or')
  return { problem: `a rule is ${kinds}` }
}

/** The rule that the user probably meant by an address, a domain or a login without a kind. */
function nearestRule(rule: string, providers: readonly RuleProvider[]): string | undefined {
  if (isEmailAddress(rule)) return `email:${rule}`
  const domain = rule.replace(/^(\*\.|@|\*@)/, '')
  if (DOMAIN.test(domain)) return `domain:${domain}`
  const [provider, rest] = rule.split(/:(.*)/s)
  const isOfProvider = providers.some(({ name }) => name === provider) && rest !== undefined && NAME.test(rest)
  return isOfProvider ? `login:${provider}:${rest}` : undefined
}

function readProviderPart(value: string, providers: readonly RuleProvider[], example: string, pattern = NAME) {
  const colon = value.indexOf(':')
  const provider = value.slice(0, Math.max(colon, 0))
  const rest = value.slice(colon + 1)
  if (provider === '' || !pattern.test(rest)) return { provider, rest, problem: `write it like ${example}` }
  const problem = providers.some(({ name }) => name === provider) ? '' : `${quoted(provider)} is not one of PROVIDERS`
  return { provider, rest, problem }
}

function isEmailAddress(text: string): boolean {
  const [box, domain, ...more] = text.split('@')
  return Boolean(box && domain) && more.length === 0 && isDomain(domain ?? '') && !/[\s*]/.test(text)
}

const isDomain = (text: string) => DOMAIN.test(text) || text === 'localhost'

/** ROLE_RULES: roles with their rules. One matching rule is enough. */
export function readRoleRules(reader: SettingsReader, providers: readonly RuleProvider[]): readonly RoleRule[] {
  const parts = (reader.value('ROLE_RULES')?.split(';') ?? []).map(part => part.trim())
  if (parts.includes('')) reader.addIssue('ROLE_RULES', 'has an empty part; look for a semicolon too many')
  const roles = parts.filter(part => part !== '').flatMap(part => readRole(reader, part, providers) ?? [])
  checkDuplicateRoles(
    reader,
    roles.map(({ role }) => role),
  )
  return roles
}

function readRole(reader: SettingsReader, part: string, providers: readonly RuleProvider[]): RoleRule | undefined {
  const equals = part.indexOf('=')
  if (equals === -1) return reader.addIssue('ROLE_RULES', `has the part ${quoted(part)}; write it like ${ROLE_EXAMPLE}`)
  const role = part.slice(0, equals).trim()
  if (!ROLE.test(role)) {
    const wanted =
      'a role begins with a letter and goes on with at most 63 letters, digits, dots, hyphens and underscores'
    reader.addIssue('ROLE_RULES', `names the role ${quoted(role)}; ${wanted}`)
  }
  const rules = part.slice(equals + 1).split(',')
  const presentRules = rules.map(rule => rule.trim()).filter(rule => rule !== '')
  if (presentRules.length < rules.length) {
    reader.addIssue('ROLE_RULES', `has an empty rule for the role ${quoted(role)}; look for a comma too many`)
  }
  return { role, rules: readRules(reader, 'ROLE_RULES', presentRules, providers) }
}

function checkDuplicateRoles(reader: SettingsReader, roles: readonly string[]): void {
  for (const role of new Set(roles.filter((each, index) => roles.indexOf(each) !== index))) {
    reader.addIssue('ROLE_RULES', `names the role ${quoted(role)} twice; write all its rules in one place`)
  }
}
