import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsInProd, inProd } from './judge.js'

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
    ...['ada@example.org', 'octocat', 'EMAIL:ada@example.org', 'everyone'],
  ]
  for (const rule of wrong) {
    const [fault, ...more] = faultsInProd({ ALLOWED_USERS: `email:ada@example.org,${rule}` })
    assert.equal(more.length, 0, rule)
    assert.ok(fault?.startsWith(`ALLOWED_USERS has the rule "${rule}"; `), fault)
  }
})

test('CF-13 an empty rule is refused', () => {
  for (const text of [',', '*,', ' ', 'domain:example.org,,*']) {
    assert.deepEqual(faultsInProd({ ALLOWED_USERS: text }), [
      'ALLOWED_USERS has an empty part; look for a comma too many',
    ])
  }
})

test('rules about groups are refused by name until they work', () => {
  assert.deepEqual(faultsInProd({ ALLOWED_USERS: 'group:github:acme/staff' }), [
    'ALLOWED_USERS has the rule "group:github:acme/staff"; group rules are not available yet',
  ])
})

test('every wrong rule is told', () => {
  assert.equal(faultsInProd({ ALLOWED_USERS: 'domain:,login:x,*' }).length, 2)
})
