import { quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import type { RoleRule } from '../types.js'
import { type RuleProvider, readRules } from './access-rules.js'

const ROLE_EXAMPLE = 'admin=email:ada@example.org;editor=group:github:acme/writers'

/** The name of a role needs no escaping in a header or a query. */
const ROLE = /^[a-z][\w.-]{0,63}$/i

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
