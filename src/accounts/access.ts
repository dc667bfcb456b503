import type { AccessRule } from '../config/types.js'
import type { Profile } from '../providers/provider.js'
import { Refusal } from './refusal.js'

/** Refuses a person whom no rule of ALLOWED_USERS lets in. Runs before anybody is written down. */
export function admit(rules: readonly AccessRule[], provider: string, profile: Profile): void {
  if (rules.some(rule => matches(rule, provider, profile))) return
  throw new Refusal('not_admitted', `No rule of ALLOWED_USERS admits subject ${profile.subject} of ${provider}`)
}

function matches(rule: AccessRule, provider: string, profile: Profile): boolean {
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
  }
}
