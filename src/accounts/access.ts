import type { AccessRule, RoleRule } from '../config/types.js'
import type { Profile } from '../providers/provider.js'
import { AccountError } from './errors.js'
import { explainNotAdmitted } from './explain-not-admitted.js'
import type { UserInfo } from './protocols/protocol.js'

/** Refuses a person whom no rule of ALLOWED_USERS lets in. Runs before anybody is written down. */
export function requireAdmission(rules: readonly AccessRule[], provider: string, userInfo: UserInfo): void {
  if (rules.some(rule => matches(rule, provider, userInfo))) return
  const profile = withTrustedEmail(userInfo)
  throw new AccountError('not_admitted', explainNotAdmitted(rules, provider, { ...userInfo, profile }))
}

/** The roles that the rules give a person, in the order of the alphabet, each once. */
export function rolesOf(roleRules: readonly RoleRule[], provider: string, userInfo: UserInfo): string[] {
  const matching = roleRules.filter(({ rules }) => rules.some(rule => matches(rule, provider, userInfo)))
  return [...new Set(matching.map(({ role }) => role))].sort()
}

/**
 * A profile as rules, hooks and the user's row see it: with EMAIL_TRUSTED of its provider the address counts as verified.
 * The identity keeps what the provider itself said, because that alone may join accounts.
 */
export const withTrustedEmail = ({ profile, emailTrusted }: Pick<UserInfo, 'profile' | 'emailTrusted'>): Profile =>
  emailTrusted && profile.email !== null ? { ...profile, emailVerified: true } : profile

/** Whether what somebody may do can change while their id stays: then a refresh has to ask who they are by now. */
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
 * What a provider names itself is compared to the letter. At some (GitHub) `Acme` and `acme` are one group, at others
 * (Keycloak) two, and nobody here knows which: to take two for one would let in strangers, and to take one for two lets
 * in nobody, which whoever wrote the rule soon sees.
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
