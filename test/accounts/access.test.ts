import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { admit } from '../../src/accounts/access.js'
import { Refusal } from '../../src/accounts/refusal.js'
import type { AccessRule } from '../../src/config/types.js'
import type { Profile } from '../../src/providers/provider.js'

const ada: Profile = {
  subject: '1815',
  name: 'Ada Lovelace',
  login: 'ada',
  email: 'Ada@Example.org',
  emailVerified: true,
  picture: null,
  raw: {},
}

const email: AccessRule = { kind: 'email', email: 'ada@example.org' }
const domain: AccessRule = { kind: 'domain', domain: 'example.org' }
const login: AccessRule = { kind: 'login', provider: 'github', login: 'ada' }
const subject: AccessRule = { kind: 'subject', provider: 'github', subject: '1815' }

const CASES: [rule: string, rules: AccessRule[], provider: string, profile: Partial<Profile>, admitted: boolean][] = [
  ['no rule admits nobody', [], 'github', {}, false],
  ['* admits anybody', [{ kind: 'anybody' }], 'dev', { email: null, login: null }, true],
  ['an e-mail rule admits that address, whatever its case', [email], 'github', {}, true],
  ['an e-mail rule ignores an unverified address', [email], 'github', { emailVerified: false }, false],
  ['an e-mail rule admits no other address', [email], 'github', { email: 'eve@example.org' }, false],
  ['a domain rule admits its domain', [domain], 'github', {}, true],
  ['a domain rule ignores an unverified address', [domain], 'github', { emailVerified: false }, false],
  ['ID-09 a domain rule is no suffix', [domain], 'github', { email: 'x@notexample.org' }, false],
  ['ID-09 a domain rule is no prefix', [domain], 'github', { email: 'x@example.org.evil' }, false],
  ['a domain rule takes no sub-domain', [domain], 'github', { email: 'x@mail.example.org' }, false],
  ['a domain rule looks behind the last @', [domain], 'github', { email: '"x@example.org"@evil.test' }, false],
  ['a domain rule admits nobody without an address', [domain], 'github', { email: null }, false],
  ['a login rule admits that login', [login], 'github', {}, true],
  ['a login rule is about one provider', [login], 'dev', {}, false],
  ['a login rule is exact', [login], 'github', { login: 'Ada' }, false],
  ['a subject rule admits that subject', [subject], 'github', {}, true],
  ['a subject rule is about one provider', [subject], 'dev', {}, false],
  ['a subject rule is exact', [subject], 'github', { subject: '18150' }, false],
  ['one rule of several is enough', [email, subject], 'github', { email: null }, true],
]

describe('ALLOWED_USERS', () => {
  for (const [rule, rules, provider, profile, admitted] of CASES) {
    it(rule, () => {
      const enter = () => admit(rules, provider, { ...ada, ...profile })
      if (admitted) assert.doesNotThrow(enter)
      else assert.throws(enter, error => error instanceof Refusal && error.code === 'not_admitted')
    })
  }
})
