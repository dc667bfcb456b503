import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requireAdmission } from '../../src/accounts/access.js'
import { AccountError } from '../../src/accounts/errors.js'
import { explainNotAdmitted } from '../../src/accounts/explain-not-admitted.js'
import type { UserInfo } from '../../src/accounts/protocols/protocol.js'
import type { AccessRule } from '../../src/config/types.js'
import type { Profile } from '../../src/providers/provider.js'

const ADA: Profile = {
  ...{ subject: 'u-1', name: 'Ada', login: 'ada', email: 'Ada@Example.org', emailVerified: true },
  ...{ picture: null, raw: {} },
}

const email: AccessRule = { kind: 'email', email: 'ada@example.org' }
const otherEmail: AccessRule = { kind: 'email', email: 'grace@example.org' }
const domain: AccessRule = { kind: 'domain', domain: 'example.org' }
const otherDomain: AccessRule = { kind: 'domain', domain: 'example.com' }
const login = (name: string, provider = 'acme'): AccessRule => ({ kind: 'login', provider, login: name })
const subject = (name: string, provider = 'acme'): AccessRule => ({ kind: 'subject', provider, subject: name })
const group = (name: string, provider = 'acme'): AccessRule => ({ kind: 'group', provider, group: name })

interface Case {
  name: string
  rules: AccessRule[]
  profile?: Partial<Profile>
  others?: Partial<UserInfo>
  /** What stands behind the name of who was refused. */
  says: RegExp
  not?: RegExp
}

const UNVERIFIED =
  /^the address fits \S+, but acme does not say that it is verified\. If acme is your own directory.*ACME_EMAIL_TRUSTED=yes.*ACME_EMAIL_VERIFIED_FIELD/

const CASES: Case[] = [
  { name: 'no rule at all', rules: [], says: /^$/ },
  {
    name: 'B-11 an unverified address under an email rule',
    rules: [email],
    profile: { emailVerified: false },
    says: UNVERIFIED,
  },
  {
    name: 'B-11 an unverified address under a domain rule',
    rules: [domain],
    profile: { emailVerified: false },
    says: UNVERIFIED,
  },
  {
    name: 'B-11 no address at all',
    rules: [domain],
    profile: { email: null, emailVerified: false },
    says: /^acme gave no e-mail address, which domain: rules need\. .*ACME_SCOPE.*ACME_EMAIL_FIELD/,
  },
  {
    name: 'an address at another domain, which is named, and the rest of the address is not',
    rules: [otherDomain],
    says: /^the address is at example\.org, not at example\.com$/,
    not: /ada@/i,
  },
  {
    name: 'B-11 another address that is not verified either',
    rules: [otherDomain],
    profile: { emailVerified: false },
    says: /^the address is at example\.org, not at example\.com, and it is not verified$/,
  },
  {
    name: "another address than the rules have, without somebody else's",
    rules: [otherEmail],
    says: /^the address is in no email: rule$/,
    not: /grace/,
  },
  {
    name: "another login, without somebody else's",
    rules: [login('grace')],
    says: /^the login is in no login: rule for acme$/,
  },
  {
    name: 'a login in other letters',
    rules: [login('Ada')],
    says: /^the login differs from login:acme:Ada in upper and lower case, which counts$/,
  },
  {
    name: 'no login',
    rules: [login('ada')],
    profile: { login: null },
    says: /^acme gave no login, .*ACME_LOGIN_FIELD/,
  },
  { name: 'another subject', rules: [subject('u-2')], says: /^the subject is in no subject: rule for acme$/ },
  {
    name: 'the right login at another provider',
    rules: [login('ada', 'github')],
    says: /^login:github:ada is a rule for github, and this was acme$/,
  },
  {
    name: 'rules for another provider',
    rules: [login('grace', 'github'), group('staff', 'github')],
    says: /^there are rules for github, and none for acme$/,
  },
  {
    name: 'B-12 no claim of groups',
    rules: [group('staff')],
    others: { missingGroups: { why: 'absent', claims: ['groups', 'realm_access.roles'] } },
    says: /^acme gave no groups at all: there is no claim groups, realm_access\.roles\. .*ACME_SCOPE.*claim mapper.*ACME_GROUPS_FIELD/,
  },
  {
    name: 'B-12 more groups than are listed',
    rules: [group('staff')],
    others: { missingGroups: { why: 'too_many' } },
    says: /^acme says that this person has more groups than it lists, and lists none\. .*app roles.*ACME_GROUPS_FIELD/,
  },
  {
    name: 'B-12 an empty list of groups',
    rules: [group('staff')],
    others: { missingGroups: { why: 'empty' } },
    says: /^acme gave an empty list of groups$/,
  },
  {
    name: 'B-12 groups in a shape that is not understood',
    rules: [group('staff')],
    others: { missingGroups: { why: 'not_understood', found: 'a text' } },
    says: /^acme gave its groups as a text, which is not understood\. ACME_GROUPS_FIELD/,
  },
  {
    name: 'B-12 no groups, of an API',
    rules: [group('staff')],
    says: /^acme named no group of this person\. .*ACME_SCOPE/,
  },
  {
    name: 'B-12 groups that no rule names, by name',
    rules: [group('staff')],
    others: { groups: ['guests', 'visitors'] },
    says: /^acme gave the groups guests, visitors, which no rule names$/,
  },
  {
    name: 'B-12 a group in other letters',
    rules: [group('staff')],
    others: { groups: ['guests', 'Staff'] },
    says: /^the group Staff differs from group:acme:staff in upper and lower case, which counts$/,
  },
  {
    name: 'the nearest rule before others that are further away',
    rules: [otherEmail, subject('u-9'), login('ada', 'github'), domain],
    profile: { emailVerified: false, login: null },
    says: UNVERIFIED,
    not: /subject: rule|github/,
  },
  {
    name: 'what the provider withholds before what it says otherwise',
    rules: [otherDomain, group('staff')],
    others: { missingGroups: { why: 'too_many' } },
    says: /^acme says that this person has more groups/,
    not: /example/,
  },
  {
    name: 'rules that are equally far away, each reason once',
    rules: [otherDomain, otherEmail, login('eve'), login('bob')],
    says: /^the address is at example\.org, not at example\.com; the address is in no email: rule; the login is in no login: rule for acme$/,
  },
]

const explain = ({ rules, profile, others }: Omit<Case, 'name' | 'says'>) =>
  explainNotAdmitted(rules, 'acme', { profile: { ...ADA, ...profile }, groups: [], ...others })

describe('A refusal by ALLOWED_USERS says to the operator which rule came nearest:', () => {
  for (const { name, says, not, ...given } of CASES) {
    test(name, () => {
      const text = explain(given)
      const [, rest = ''] =
        /^No rule of ALLOWED_USERS admits subject u-1 of acme(?: \(login ada\))?(?:: (.*))?$/.exec(text) ?? []
      assert.match(rest, says, text)
      if (not) assert.doesNotMatch(text, not)
    })
  }

  test('B-11 an address that is trusted by the settings is not called unverified', () => {
    const described = { profile: { ...ADA, emailVerified: false }, groups: [], emailTrusted: true } as const
    assert.doesNotThrow(() => requireAdmission([domain], 'acme', described))
    assert.throws(
      () => requireAdmission([otherDomain], 'acme', described),
      (error: unknown) => error instanceof AccountError && !error.message.includes('verified'),
    )
  })

  test('B-12 a refusal by ALLOWED_USERS says to the operator which rule came nearest on one short line, whatever the provider calls groups, logins and domains', () => {
    const hostile = `x\u001b[31m\n\u202e${'y'.repeat(10_000)}`
    const groups = Array.from({ length: 1_000 }, (_, index) => `${hostile}${index}`)
    const profile = { login: hostile, email: `a@${hostile}`, subject: 's'.repeat(255) }
    for (const rules of [[group('staff')], [otherDomain], [login('eve')], [login(hostile, 'github')]]) {
      const text = explain({ rules, profile, others: { groups } })
      assert.doesNotMatch(text, /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u)
      assert.ok(text.length < 1_500, String(text.length))
    }
    const named = explain({ rules: [group('staff')], others: { groups } })
    assert.match(named, / and 990 more, which no rule names$/)
  })
})
