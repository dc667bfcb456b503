import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertIssues, inProd, issuesInProd } from '../parse-settings.js'

const roles = (text: string) => inProd({ ROLE_RULES: text }).config.roleRules

test('a role has rules, of the kinds that ALLOWED_USERS has', () => {
  assert.deepEqual(roles('admin=email:Ada@example.org;editor=group:github:acme/writers,domain:example.org'), [
    { role: 'admin', rules: [{ kind: 'email', email: 'ada@example.org' }] },
    {
      role: 'editor',
      rules: [
        { kind: 'group', provider: 'github', group: 'acme/writers' },
        { kind: 'domain', domain: 'example.org' },
      ],
    },
  ])
})

test('a role can be for every user, and without ROLE_RULES no user has a role', () => {
  assert.deepEqual(roles('member=*'), [{ role: 'member', rules: [{ kind: 'anybody' }] }])
  assert.deepEqual(roles(''), [])
})

test('blanks around the parts of ROLE_RULES are ignored, and a rule keeps its equals signs', () => {
  assert.deepEqual(roles(' a-1 = * ; b = group:github:cn=staff '), [
    { role: 'a-1', rules: [{ kind: 'anybody' }] },
    { role: 'b', rules: [{ kind: 'group', provider: 'github', group: 'cn=staff' }] },
  ])
})

test('CF-13 a role rule that could mean more than it says is refused', () => {
  const wanted =
    'a role begins with a letter and goes on with at most 63 letters, digits, dots, hyphens and underscores'
  const like = 'write it like admin=email:ada@example.org;editor=group:github:acme/writers'
  const long = 'a'.repeat(65)
  assertIssues(issuesInProd, [
    ...['1a', '-a', '_a', 'a b', 'é', 'a,b', '', long].map((role): [Record<string, string>, string] => [
      { ROLE_RULES: `${role}=*` },
      `ROLE_RULES names the role "${role}"; ${wanted}`,
    ]),
    [{ ROLE_RULES: '*' }, `ROLE_RULES has the part "*"; ${like}`],
    [{ ROLE_RULES: 'admin=*;editor' }, `ROLE_RULES has the part "editor"; ${like}`],
    [{ ROLE_RULES: 'admin=*;' }, 'ROLE_RULES has an empty part; look for a semicolon too many'],
    [{ ROLE_RULES: 'admin=' }, 'ROLE_RULES has an empty rule for the role "admin"; look for a comma too many'],
    [{ ROLE_RULES: 'admin=*,' }, 'ROLE_RULES has an empty rule for the role "admin"; look for a comma too many'],
    [
      { ROLE_RULES: 'admin=domain:a.test;editor=*;admin=*' },
      'ROLE_RULES names the role "admin" twice; write all its rules in one place',
    ],
    [
      { ROLE_RULES: 'admin=ada' },
      'ROLE_RULES has the rule "ada"; a rule is *, email:..., domain:..., login:..., subject:... or group:...',
    ],
    [
      { ROLE_RULES: 'admin=login:gitlab:ada' },
      'ROLE_RULES has the rule "login:gitlab:ada"; "gitlab" is not one of PROVIDERS',
    ],
  ])
  assert.equal(roles(`${'a'.repeat(64)}=*`).length, 1)
})

test('the name of a role may have letters, digits, dots, hyphens and underscores', () => {
  const names = ['Admin', 'super_admin', 'team.lead', 'on-call-2']
  assert.deepEqual(
    roles(names.map(name => `${name}=*`).join(';')).map(({ role }) => role),
    names,
  )
})

test('every wrong part of ROLE_RULES is an issue', () => {
  assert.deepEqual(
    issuesInProd({ ROLE_RULES: '1=x,*,;;b=domain:;b=*' }).map(issue => issue.split(';')[0]),
    [
      'ROLE_RULES has an empty part',
      'ROLE_RULES names the role "1"',
      'ROLE_RULES has an empty rule for the role "1"',
      'ROLE_RULES has the rule "x"',
      'ROLE_RULES has the rule "domain:"',
      'ROLE_RULES names the role "b" twice',
    ],
  )
})
