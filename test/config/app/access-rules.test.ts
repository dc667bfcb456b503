import assert from 'node:assert/strict'
import { test } from 'node:test'
import { company, inProd, issuesInProd } from '../parse-settings.js'

const rules = (text: string) => inProd({ ALLOWED_USERS: text }).config.allowedUsers

test('each kind of rule is read', () => {
  assert.deepEqual(
    rules('*, email:ada@example.org,domain:example.org,login:github:octocat,subject:github:583231,subject:github:a:b'),
    [
      { kind: 'anybody' },
      { kind: 'email', email: 'ada@example.org' },
      { kind: 'domain', domain: 'example.org' },
      { kind: 'login', provider: 'github', login: 'octocat' },
      { kind: 'subject', provider: 'github', subject: '583231' },
      { kind: 'subject', provider: 'github', subject: 'a:b' },
    ],
  )
})

test('CF-13 addresses and domains are compared in lower case, logins as they are', () => {
  assert.deepEqual(rules('email:Ada@Example.ORG,domain:Example.ORG,domain:localhost,login:github:Octocat'), [
    { kind: 'email', email: 'ada@example.org' },
    { kind: 'domain', domain: 'example.org' },
    { kind: 'domain', domain: 'localhost' },
    { kind: 'login', provider: 'github', login: 'Octocat' },
  ])
})

test('CF-13 a rule that could mean more than it says is refused', () => {
  const wrong = [
    ...['domain:', 'domain:@example.org', 'domain:.example.org', 'domain:example.org.', 'domain:org', 'domain:*'],
    ...['domain:*.example.org', 'domain:a..b', 'domain:a b.org', 'email:', 'email:ada', 'email:@example.org'],
    ...['email:ada@', 'email:a@acme.test@b.test', 'email:*@example.org', 'email:a da@example.org', 'email:ada@org'],
    ...['login:', 'login:octocat', 'login:github:', 'login::octocat', 'login:gitlab:octocat', 'login:GitHub:octocat'],
    ...['subject:583231', 'subject:github:', 'subject:gitlab:1', 'login:github:a b', 'constructor:x', '**', ':x'],
    ...['group:', 'group:acme', 'group:github:', 'group:gitlab:acme', 'group:github: acme', 'group:github:a\tb'],
    ...['anybody:', 'group:github:a\u0000', 'ada@example.org', 'octocat', 'EMAIL:ada@example.org', 'everyone'],
  ]
  for (const rule of wrong) {
    const [issue, ...more] = issuesInProd({ ALLOWED_USERS: `email:ada@example.org,${rule}` })
    assert.equal(more.length, 0, rule)
    const shown = rule.replace(/\p{Cc}/u, '\u{fffd}')
    assert.ok(issue?.startsWith(`ALLOWED_USERS has the rule "${shown}"; `), issue)
  }
})

test('CF-13 an empty rule is refused', () => {
  for (const text of [',', '*,', ' ', 'domain:example.org,,*']) {
    assert.deepEqual(issuesInProd({ ALLOWED_USERS: text }), [
      'ALLOWED_USERS has an empty part; look for a comma too many',
    ])
  }
})

test('a group is written as the provider writes it, blanks and colons included', () => {
  assert.deepEqual(rules('group:github:acme/staff, group:github:Acme ,group:github:Domain Admins,group:github:a:b=c'), [
    { kind: 'group', provider: 'github', group: 'acme/staff' },
    { kind: 'group', provider: 'github', group: 'Acme' },
    { kind: 'group', provider: 'github', group: 'Domain Admins' },
    { kind: 'group', provider: 'github', group: 'a:b=c' },
  ])
})

test('CF-13 a group rule for a provider that sends no groups is refused, because it would match no user', () => {
  const client = { CLIENT_ID: 'a', CLIENT_SECRET: 'b1d11f9b3a7aba766' }
  const of = (name: string) =>
    Object.fromEntries(Object.entries(client).map(([key, value]) => [`${name}_${key}`, value]))
  const would = (label: string) => `${label} sends no groups, so this rule would match no user; write another rule`
  for (const [name, label] of [
    ['google', 'Google'],
    ['trello', 'Trello'],
  ] as const) {
    const values = { ...of(name.toUpperCase()), PROVIDERS: name }
    const rule = `group:${name}:staff`
    assert.deepEqual(issuesInProd({ ...values, ALLOWED_USERS: rule, ROLE_RULES: `admin=${rule}` }), [
      `ALLOWED_USERS has the rule "${rule}"; ${would(label)}`,
      `ROLE_RULES has the rule "${rule}"; ${would(label)}`,
    ])
  }
  const { config } = inProd({ ...company, ALLOWED_USERS: 'group:company:staff' })
  assert.deepEqual(config.allowedUsers, [{ kind: 'group', provider: 'company', group: 'staff' }])
})

test('groups are requested from the providers whose groups a rule names, and from no other', () => {
  const wanted = (file: Record<string, string>) =>
    inProd({ ...company, PROVIDERS: 'github,company', ...file })
      .config.providers.filter(({ groupsWanted }) => groupsWanted)
      .map(({ name }) => name)
  assert.deepEqual(wanted({}), [])
  assert.deepEqual(wanted({ ALLOWED_USERS: 'login:github:a,subject:company:1', ROLE_RULES: 'admin=*' }), [])
  assert.deepEqual(wanted({ ALLOWED_USERS: 'group:github:acme,domain:example.org' }), ['github'])
  assert.deepEqual(wanted({ ROLE_RULES: 'admin=domain:example.org;editor=*,group:company:staff' }), ['company'])
})

test('every wrong rule of ALLOWED_USERS is an issue', () => {
  assert.equal(issuesInProd({ ALLOWED_USERS: 'domain:,login:x,*' }).length, 2)
})
