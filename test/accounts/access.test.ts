import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { needsUserinfo, requireAdmission, rolesOf } from '../../src/accounts/access.js'
import { AccountError } from '../../src/accounts/errors.js'
import type { AccessRule, RoleRule } from '../../src/config/types.js'
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
const group: AccessRule = { kind: 'group', provider: 'github', group: 'acme/staff' }
const anybody: AccessRule = { kind: 'anybody' }

const CASES: [rule: string, rules: AccessRule[], provider: string, profile: Partial<Profile>, admitted: boolean][] = [
  ['no rule admits nobody', [], 'github', {}, false],
  ['* admits anybody', [anybody], 'dev', { email: null, login: null }, true],
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
    test(rule, () => {
      const enter = () =>
        requireAdmission(rules, provider, { profile: { ...ada, ...profile }, groups: ['acme/staff,x'] })
      if (admitted) assert.doesNotThrow(enter)
      else assert.throws(enter, error => error instanceof AccountError && error.code === 'not_admitted')
    })
  }
})

/** Who has which groups, and whether the group rule admits them. */
const GROUPS: [rule: string, groups: string[], provider: string, admitted: boolean][] = [
  ['a group rule admits who is in the group', ['other', 'acme/staff'], 'github', true],
  ['ID-12 a group rule admits nobody without groups', [], 'github', false],
  ["CVE-2021-21411 the groups that are let in are compared with the person's own", ['acme/other'], 'github', false],
  ['GHSA-652x-m2gr-hppm a rule about groups is enough to shut out who is in none', [], 'github', false],
  ['a group rule is about one provider', ['acme/staff'], 'dev', false],
  ['a group rule is exact', ['Acme/Staff', 'acme', 'acme/staff2', 'x/acme/staff', ' acme/staff'], 'github', false],
  ['ID-12 a group with a comma in it is not two groups', ['acme/staff,acme/other', 'x,acme/staff'], 'github', false],
]

describe('A group in ALLOWED_USERS', () => {
  for (const [rule, groups, provider, admitted] of GROUPS) {
    test(rule, () => {
      const enter = () => requireAdmission([group], provider, { profile: ada, groups })
      if (admitted) assert.doesNotThrow(enter)
      else assert.throws(enter, error => error instanceof AccountError && error.code === 'not_admitted')
    })
  }
})

describe('ROLE_RULES', () => {
  const rules: RoleRule[] = [
    { role: 'member', rules: [anybody] },
    { role: 'editor', rules: [group, email] },
    { role: 'admin', rules: [subject] },
    { role: 'guest', rules: [] },
  ]
  const of = (changes: Partial<Profile>, groups: string[] = [], provider = 'github') =>
    rolesOf(rules, provider, { profile: { ...ada, ...changes }, groups })
  const unknown = { subject: '2', email: null }

  test('ROLE_RULES give every role of which one rule fits, in the order of the alphabet', () => {
    assert.deepEqual(of({}, ['acme/staff']), ['admin', 'editor', 'member'])
    assert.deepEqual(of({ subject: '2' }), ['editor', 'member'])
    assert.deepEqual(of(unknown), ['member'])
    assert.deepEqual(of({}, ['acme/staff'], 'dev'), ['editor', 'member'])
  })

  test('ROLE_RULES give no role where there are none', () => {
    assert.deepEqual(rolesOf([], 'github', { profile: ada, groups: ['acme/staff'] }), [])
  })

  test('ROLE_RULES give each role once', () => {
    const twice = [...rules, ...rules]
    assert.deepEqual(rolesOf(twice, 'github', { profile: { ...ada, ...unknown }, groups: [] }), ['member'])
  })

  test('ID-12 ROLE_RULES give nothing for groups that are missing', () => {
    assert.deepEqual(of(unknown, []), ['member'])
    assert.deepEqual(of(unknown, ['acme/staff,editor', 'editor', 'admin']), ['member'])
  })

  test('ID-13 ROLE_RULES give what the person is by now: a group that was taken away takes its role along', () => {
    assert.deepEqual(of(unknown, ['acme/staff']), ['editor', 'member'])
    assert.deepEqual(of(unknown, []), ['member'])
    assert.deepEqual(of({ subject: '2', emailVerified: false }), ['member'])
  })
})

describe('A refresh', () => {
  const asks = (rules: AccessRule[], roles: AccessRule[] = [], provider = 'github') =>
    needsUserinfo(rules, [{ role: 'editor', rules: roles }], provider)

  test('ID-13 a refresh asks who the person is by now where a rule is about more than their id', () => {
    for (const rule of [email, domain, login, group]) {
      assert.equal(asks([rule]), true, rule.kind)
      assert.equal(asks([anybody], [rule]), true, rule.kind)
      assert.equal(asks([subject, rule], [anybody]), true, rule.kind)
    }
  })

  test('a refresh asks nobody where nothing could change', () => {
    assert.equal(asks([anybody]), false)
    assert.equal(asks([subject], [subject, anybody]), false)
    assert.equal(asks([anybody, email], [group, anybody]), false)
    assert.equal(asks([]), false)
  })

  test('a refresh asks nobody on account of what is told elsewhere', () => {
    assert.equal(asks([login], [group], 'dev'), false)
    assert.equal(asks([domain], [], 'dev'), true)
  })
})
