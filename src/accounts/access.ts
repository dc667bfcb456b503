import type { AccessRule, RoleRule } from '../config/types.js'
import type { Profile } from '../providers/provider.js'
import { AccountError } from './errors.js'
import { explainNotAdmitted } from './explain-not-admitted.js'
import type { UserInfo } from './protocols/protocol.js'

/**
 * Checks that a rule of ALLOWED_USERS admits a person. Runs before anything is written.
 * @throws AccountError not_admitted
 */
export function requireAdmission(rules: readonly AccessRule[], provider: string, userInfo: UserInfo): void {
  if (rules.some(rule => matches(rule, provider, userInfo))) return
  const profile = withTrustedEmail(userInfo)
  throw new AccountError('not_admitted', explainNotAdmitted(rules, provider, { ...userInfo, profile }))
}

/** The roles that the rules give a person, each once, in alphabetical order. */
export function rolesOf(roleRules: readonly RoleRule[], provider: string, userInfo: UserInfo): string[] {
  const matching = roleRules.filter(({ rules }) => rules.some(rule => matches(rule, provider, userInfo)))
  return [...new Set(matching.map(({ role }) => role))].sort()
}

/**
 * The profile for rules, hooks and the user's row: with EMAIL_TRUSTED of its provider the address counts as verified. The
 * identity stores what the provider itself says, because only that may link accounts.
 */
export const withTrustedEmail = ({ profile, emailTrusted }: Pick<UserInfo, 'profile' | 'emailTrusted'>): Profile =>
  emailTrusted && profile.email !== null ? { ...profile, emailVerified: true } : profile

/** Whether a user's rights can change while the subject stays the same: then a refresh has to load the profile again. */
export const needsUserinfo = (
  rules: readonly AccessRule[],
  roleRules: readonly RoleRule[],
  provider: string,
): boolean => [rules, ...roleRules.map(each => each.rules)].some(each => dependsOnClaims(each, provider))

const dependsOnClaims = (rules: readonly AccessRule[], provider: string): boolean =>
  !rules.some(({ kind }) => kind === 'anybody') && rules.some(rule => isAboutClaims(rule, provider))

function isAboutClaims(rule: AccessRule, provider: string): boolean {
  switch (rule.kind) {
    case 'anybody':
    case 'subject':
      return false
    case 'email':
    case 'domain':
      return true
    case 'login':
    case 'group':
      return rule.provider === provider
  }
}

/**
 * Names that a provider gives are compared exactly, with upper and lower case. At some providers (GitHub) `Acme` and
 * `acme` are one group, at others (Keycloak) two, and this code cannot know which. To treat two groups as one would admit
 * strangers; to treat one group as two admits no one, and the author of the rule soon notices that.
 */
function matches(rule: AccessRule, provider: string, userInfo: UserInfo): boolean {
  const { groups } = userInfo
  const profile = withTrustedEmail(userInfo)
  const verifiedEmail = profile.emailVerified ? profile.email?.toLowerCase() : undefined
  switch (rule.kind) {
    case 'anybody':
      return true
    case 'email':
      return verifiedEmail === rule.email
    case 'domain':
      return verifiedEmail?.slice(verifiedEmail.lastIndexOf('@') + 1) === rule.domain
    case 'login':
      return provider === rule.provider && profile.login === rule.login
    case 'subject':
      return provider === rule.provider && profile.subject === rule.subject
    case 'group':
      return provider === rule.provider && groups.includes(rule.group)
  }
}
