import type { AccessRule } from '../config/types.js'
import { cleanText } from '../oauth/text.js'
import type { MissingGroups } from '../providers/groups.js'
import { settingName } from './errors.js'
import type { UserInfo } from './protocols/protocol.js'

/** Why a rule does not admit a person. */
interface RuleMismatch {
  /** How far the person is from the rule: only the nearest rules are named. */
  distance: Distance
  reason: string
  /** What the operator can do about it. */
  remedy?: string
}

/**
 * `one_step`: one condition is missing. `unknown`: the provider does not send what the rule is about. `differs`: the
 * provider sends another value. `other_provider`: the rule is for another provider.
 */
type Distance = 'one_step' | 'unknown' | 'differs' | 'other_provider'
const BY_DISTANCE: readonly Distance[] = ['one_step', 'unknown', 'differs', 'other_provider']

const MAX_REASONS = 3
const MAX_TEXT_CHARS = 100
/** Not shortened, because a rule for this person needs the whole subject. */
const MAX_SUBJECT_CHARS = 255
const MAX_GROUPS = 10
const MAX_GROUP_CHARS = 60

/**
 * Says which rules of ALLOWED_USERS came nearest to admitting a refused person, and what is missing. One line, for the
 * operator. It shows no data of other people: a rule is quoted only where it is about a domain, a group or this person.
 * @param userInfo with an address that counts as verified, where the settings trust it
 */
export function explainNotAdmitted(rules: readonly AccessRule[], provider: string, userInfo: UserInfo): string {
  const { subject, login } = userInfo.profile
  const subjectText = `subject ${logText(subject, MAX_SUBJECT_CHARS)} of ${provider}${login === null ? '' : ` (login ${logText(login)})`}`
  const summary = `No rule of ALLOWED_USERS admits ${subjectText}`
  const mismatches = rules.flatMap(rule => mismatchOf(rule, provider, userInfo) ?? [])
  const nearest = BY_DISTANCE.map(each => mismatches.filter(({ distance }) => distance === each)).find(
    ({ length }) => length > 0,
  )
  if (!nearest) return summary
  const reasons = [...new Set(nearest.map(({ reason }) => reason))].slice(0, MAX_REASONS)
  const remedies = [...new Set(nearest.flatMap(({ remedy }) => remedy ?? []))].slice(0, MAX_REASONS)
  return [`${summary}: ${reasons.join('; ')}`, ...remedies].join('. ')
}

function mismatchOf(rule: AccessRule, provider: string, userInfo: UserInfo): RuleMismatch | undefined {
  const { profile } = userInfo
  switch (rule.kind) {
    case 'anybody':
      return undefined
    case 'email':
      return emailMismatch(rule, profile.email?.toLowerCase() === rule.email, provider, userInfo)
    case 'domain':
      return emailMismatch(rule, domainOf(profile.email) === rule.domain, provider, userInfo)
    case 'login':
      return nameMismatch(rule, rule.login, profile.login, provider)
    case 'subject':
      return nameMismatch(rule, rule.subject, profile.subject, provider)
    case 'group':
      return rule.provider === provider ? groupMismatch(rule, userInfo) : otherProviderMismatch(rule.provider, provider)
  }
}

function emailMismatch(
  rule: Extract<AccessRule, { kind: 'email' | 'domain' }>,
  fits: boolean,
  provider: string,
  { profile: { email, emailVerified } }: UserInfo,
): RuleMismatch {
  if (email === null) {
    const remedy = `${provider} has to give the address: see ${settingName(provider, 'SCOPE')}, or for a custom provider ${settingName(provider, 'EMAIL_FIELD')}`
    return { distance: 'unknown', reason: `${provider} gave no e-mail address, which ${rule.kind}: rules need`, remedy }
  }
  if (fits) {
    const reason = `the address fits ${ruleText(rule)}, but ${provider} does not say that it is verified`
    return { distance: 'one_step', reason, remedy: trustRemedy(provider) }
  }
  const unverified = emailVerified ? '' : ', and it is not verified'
  const reason =
    rule.kind === 'domain'
      ? `the address is at ${logText(domainOf(email) ?? '')}, not at ${logText(rule.domain)}${unverified}`
      : `the address is in no email: rule${unverified}`
  return { distance: 'differs', reason }
}

const trustRemedy = (provider: string): string =>
  `If ${provider} is your own directory, in which people cannot choose their address, set ${settingName(provider, 'EMAIL_TRUSTED')}=yes; a custom provider may say it in another claim, which ${settingName(provider, 'EMAIL_VERIFIED_FIELD')} names`

function nameMismatch(
  rule: Extract<AccessRule, { kind: 'login' | 'subject' }>,
  expected: string,
  found: string | null,
  provider: string,
): RuleMismatch {
  if (rule.provider !== provider) {
    if (found === expected) {
      const reason = `${ruleText(rule)} is a rule for ${rule.provider}, and this was ${provider}`
      return { distance: 'one_step', reason }
    }
    return otherProviderMismatch(rule.provider, provider)
  }
  if (found === null) {
    const remedy = `For a custom provider ${settingName(provider, 'LOGIN_FIELD')} says where the login is`
    return { distance: 'unknown', reason: `${provider} gave no login, which login: rules need`, remedy }
  }
  if (found.toLowerCase() === expected.toLowerCase()) {
    const reason = `the ${rule.kind} differs from ${ruleText(rule)} in upper and lower case, which counts`
    return { distance: 'one_step', reason }
  }
  return { distance: 'differs', reason: `the ${rule.kind} is in no ${rule.kind}: rule for ${provider}` }
}

const otherProviderMismatch = (other: string, provider: string): RuleMismatch => ({
  distance: 'other_provider',
  reason: `there are rules for ${other}, and none for ${provider}`,
})

type GroupRule = Extract<AccessRule, { kind: 'group' }>

function groupMismatch(rule: GroupRule, { groups, missingGroups }: UserInfo): RuleMismatch {
  if (groups.length === 0) return noGroupsMismatch(rule, missingGroups)
  const alike = groups.find(group => group.toLowerCase() === rule.group.toLowerCase())
  if (alike !== undefined) {
    const reason = `the group ${logText(alike)} differs from ${ruleText(rule)} in upper and lower case, which counts`
    return { distance: 'one_step', reason }
  }
  const names = groups.slice(0, MAX_GROUPS).map(group => logText(group, MAX_GROUP_CHARS))
  const more = groups.length > MAX_GROUPS ? ` and ${groups.length - MAX_GROUPS} more` : ''
  return {
    distance: 'differs',
    reason: `${rule.provider} gave the groups ${names.join(', ')}${more}, which no rule names`,
  }
}

function noGroupsMismatch({ provider }: GroupRule, missing: MissingGroups | undefined): RuleMismatch {
  const field = settingName(provider, 'GROUPS_FIELD')
  switch (missing?.why) {
    case undefined:
      return {
        distance: 'unknown',
        reason: `${provider} named no group of this person`,
        remedy: `If there is one, see whether ${settingName(provider, 'SCOPE')}, where it is set, covers groups, and whether the app may see them at the provider`,
      }
    case 'absent':
      return {
        distance: 'unknown',
        reason: `${provider} gave no groups at all: there is no claim ${missing.claims.map(each => logText(each)).join(', ')}`,
        remedy: `Let the provider add it (by a scope in ${settingName(provider, 'SCOPE')}, or a claim mapper of this client there), or name the claim that has the groups with ${field}`,
      }
    case 'too_many':
      return {
        distance: 'unknown',
        reason: `${provider} says that this person has more groups than it lists, and lists none`,
        remedy: `Let the provider list only the groups that are assigned to this app, or give app roles and name their claim with ${field}`,
      }
    case 'empty':
      return { distance: 'differs', reason: `${provider} gave an empty list of groups` }
    case 'not_understood':
      return {
        distance: 'unknown',
        reason: `${provider} gave its groups as ${missing.found}, which is not understood`,
        remedy: `${field} has to lead to a list of texts, to objects with a name, or to an object with the groups as keys`,
      }
  }
}

/** A rule as it is written in ALLOWED_USERS. */
function ruleText(rule: Exclude<AccessRule, { kind: 'anybody' }>): string {
  switch (rule.kind) {
    case 'email':
      return logText(`email:${rule.email}`)
    case 'domain':
      return logText(`domain:${rule.domain}`)
    case 'login':
      return logText(`login:${rule.provider}:${rule.login}`)
    case 'subject':
      return logText(`subject:${rule.provider}:${rule.subject}`)
    case 'group':
      return logText(`group:${rule.provider}:${rule.group}`)
  }
}

const domainOf = (email: string | null): string | undefined => email?.slice(email.lastIndexOf('@') + 1).toLowerCase()

/** Cleans and shortens a text from outside for the log. */
function logText(text: string, max = MAX_TEXT_CHARS): string {
  const clean = cleanText(text, max + 1)
  return Array.from(clean).length > max ? `${cleanText(clean, max)}…` : clean
}
