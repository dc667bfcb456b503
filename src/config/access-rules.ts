import { inWords, shown } from './faults.js'
import { readList } from './plain-values.js'
import type { Reading } from './sources.js'
import type { AccessRule } from './types.js'

const EXAMPLE = 'email:ada@example.org'
const DOMAIN = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u

type Trouble = { trouble: string }
type RuleReader = (value: string, providers: readonly string[]) => AccessRule | Trouble

const readers: Readonly<Record<string, RuleReader>> = {
  email(value) {
    const [box, domain, ...more] = value.split('@')
    const whole = box && domain && more.length === 0 && isDomain(domain) && !/[\s*]/.test(value)
    return whole ? { kind: 'email', email: value.toLowerCase() } : { trouble: `write one address, like ${EXAMPLE}` }
  },
  domain(value) {
    const domain = value.toLowerCase()
    return isDomain(domain)
      ? { kind: 'domain', domain }
      : { trouble: 'write what stands after the @ of an address, like domain:example.org' }
  },
  login: (value, providers) => {
    const { provider, rest, trouble } = readProviderPart(value, providers, 'login:github:octocat')
    return trouble ? { trouble } : { kind: 'login', provider, login: rest }
  },
  subject: (value, providers) => {
    const { provider, rest, trouble } = readProviderPart(value, providers, 'subject:github:583231')
    return trouble ? { trouble } : { kind: 'subject', provider, subject: rest }
  },
  group: () => ({ trouble: 'group rules are not available yet' }),
}

/** ALLOWED_USERS: in local everybody, elsewhere nobody before it is said aloud. */
export function readAllowedUsers(reading: Reading, providers: readonly string[]): readonly AccessRule[] {
  const rules = readList(reading, 'ALLOWED_USERS')
  if (rules === undefined) {
    if (reading.local) return [{ kind: 'anybody' }]
    reading.missing('ALLOWED_USERS', `; say who may enter, like ${EXAMPLE}, or * for anybody`)
    return []
  }
  return rules.flatMap(rule => {
    const read = readRule(rule, providers)
    if (!('trouble' in read)) return read
    reading.fault('ALLOWED_USERS', `has the rule ${shown(rule)}; ${read.trouble}`)
    return []
  })
}

function readRule(rule: string, providers: readonly string[]): AccessRule | Trouble {
  if (rule === '*') return { kind: 'anybody' }
  const colon = rule.indexOf(':')
  const kind = colon === -1 ? '' : rule.slice(0, colon)
  const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined
  if (reader) return reader(rule.slice(colon + 1).trim(), providers)
  const kinds = inWords(['*', ...['email', 'domain', 'login', 'subject'].map(each => `${each}:...`)], 'or')
  return { trouble: `a rule is ${kinds}` }
}

function readProviderPart(value: string, providers: readonly string[], example: string) {
  const colon = value.indexOf(':')
  const provider = value.slice(0, Math.max(colon, 0))
  const rest = value.slice(colon + 1)
  const whole = provider !== '' && rest !== '' && !/[\s\p{Cc}]/u.test(rest)
  if (!whole) return { provider, rest, trouble: `write it like ${example}` }
  const trouble = providers.includes(provider) ? '' : `${shown(provider)} is not one of PROVIDERS`
  return { provider, rest, trouble }
}

const isDomain = (text: string) => DOMAIN.test(text) || text === 'localhost'
