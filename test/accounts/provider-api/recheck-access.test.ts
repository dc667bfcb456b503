import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { Connection } from '../../../src/accounts/provider-api/connection.js'
import { getValidTokens } from '../../../src/accounts/provider-api/valid-tokens.js'
import type { AccessRule, RoleRule } from '../../../src/config/types.js'
import { createStore } from '../../../src/store/store.js'
import type { Store } from '../../../src/store/types.js'
import { newSealer } from '../../store/both-databases.js'
import { NOW, type Person } from '../../store/sample-users.js'
import { DISCOVERY, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import {
  acmeAt,
  type Clock,
  connected,
  type Instance,
  MINUTE,
  newInstance,
  rotating,
  signedIn,
  storedTokens,
} from '../setup.js'

const STAFF: AccessRule = { kind: 'group', provider: 'acme', group: 'staff' }
const EDITORS: RoleRule[] = [{ role: 'editor', rules: [{ kind: 'group', provider: 'acme', group: 'writers' }] }]

let fake: FakeProvider
let store: Store
let clock: Clock
let instance: Instance
let person: Person
let subject: string
let connection: Connection
before(async () => {
  fake = await startFakeProvider()
  store = createStore('sqlite::memory:', newSealer())
  await store.migrate()
})
after(async () => {
  await fake.stop()
  await store.close()
})
beforeEach(async () => {
  fake.reset()
  clock = { now: NOW }
  rotating(fake)
  const made = await connected(store)
  person = made.person
  subject = made.subject
  connection = made.connection
})
afterEach(() => instance.close())

function obey(rules: AccessRule[], roleRules: RoleRule[] = []) {
  const settings = acmeAt(fake, { groupsFields: ['groups'], groupsWanted: true })
  instance = newInstance(store, clock, [settings], { accessRules: rules, roleRules })
}
const belongsTo = (...groups: string[]) => fake.on('/user', json({ id: subject, login: 'ada', groups }))
const refresh = () => getValidTokens(instance.deps, connection)
const rolesNow = () => store.roles.listOfIdentity(connection.identityId)
const eventsOf = async () =>
  (await store.events.listOfUser(connection.userId, 10)).map(({ kind, code }) => [kind, code])

test('after a refresh groups and roles are as the provider tells them now', async () => {
  obey([STAFF], EDITORS)
  await store.roles.replace(connection.identityId, ['admin'])
  const { handleHash } = await signedIn(store, person)
  belongsTo('staff', 'writers')
  await refresh()
  assert.deepEqual(await rolesNow(), ['editor'])
  assert.deepEqual((await store.identities.load(connection.identityId))?.groups, ['staff', 'writers'])
  assert.ok(await store.sessions.find(handleHash))
  assert.deepEqual(instance.events, ['token-refreshed'])
})

test('whoever no rule lets in any more is signed out with that identity, everywhere, and told so', async () => {
  obey([STAFF])
  const handles = [(await signedIn(store, person)).handleHash, (await signedIn(store, person)).handleHash]
  belongsTo('alumni')
  await assert.rejects(refresh(), { name: 'AccountError', code: 'not_admitted' })
  for (const handle of handles) assert.equal(await store.sessions.find(handle), undefined)
  assert.deepEqual(await eventsOf(), [['session-ended', 'rules']])
  assert.deepEqual(instance.events, ['token-refreshed', 'signed-out'])
})

test('a session that this process had looked up a moment ago is over for it, too', async () => {
  obey([STAFF])
  const { sessions } = instance.deps
  const handle = await sessions.open(store.sessions, {
    ...{ userId: connection.userId, identityId: connection.identityId },
    browser: { userAgent: null, address: null },
  })
  assert.ok(await sessions.read(handle))
  belongsTo('alumni')
  await assert.rejects(refresh(), { code: 'not_admitted' })
  assert.equal(await sessions.read(handle), undefined)
})

test('nobody is asked where no rule wants to know', async () => {
  for (const rules of [
    [{ kind: 'anybody' }],
    [{ kind: 'subject', provider: 'acme', subject }],
  ] satisfies AccessRule[][]) {
    obey(rules)
    await store.tokens.save(connection.identityId, storedTokens(), NOW)
    rotating(fake)
    await refresh()
    assert.equal(fake.calls('/user'), 0)
    await instance.close()
  }
})

test('rules that have changed since the sign-in count, though nobody is asked', async () => {
  const aboutAda: AccessRule[] = [{ kind: 'subject', provider: 'acme', subject }]
  obey([{ kind: 'anybody' }], [{ role: 'editor', rules: aboutAda }])
  await store.roles.replace(connection.identityId, ['admin'])
  const { handleHash } = await signedIn(store, person)
  await refresh()
  assert.deepEqual(await rolesNow(), ['editor'])
  assert.ok(await store.sessions.find(handleHash))
  assert.equal(fake.calls('/user'), 0)
})

test('whoever the rules of today do not let in is signed out, though nobody is asked', async () => {
  obey([{ kind: 'subject', provider: 'acme', subject: 'somebody else' }])
  const { handleHash } = await signedIn(store, person)
  await assert.rejects(refresh(), { name: 'AccountError', code: 'not_admitted' })
  assert.equal(await store.sessions.find(handleHash), undefined)
  assert.equal(fake.calls('/user'), 0)
})

test('a provider that cannot tell who it is changes nothing, and the operator hears of it', async () => {
  obey([STAFF], EDITORS)
  await store.roles.replace(connection.identityId, ['admin'])
  const { handleHash } = await signedIn(store, person)
  fake.on('/user', json({}, 503))
  assert.equal((await refresh()).accessToken, 'access-2')
  assert.deepEqual(await rolesNow(), ['admin'])
  assert.ok(await store.sessions.find(handleHash))
  assert.equal(instance.problems.length, 1)
})

test('a renewed token that belongs to somebody else ends the sessions, and has to be connected anew', async () => {
  obey([STAFF])
  const { handleHash } = await signedIn(store, person)
  fake.on('/user', json({ id: 'somebody else', groups: ['staff'] }))
  await assert.rejects(refresh(), { code: 'subject_mismatch' })
  assert.equal(await store.sessions.find(handleHash), undefined)
  assert.equal((await store.identities.load(connection.identityId))?.reconnectSince, NOW)
  assert.equal(await store.tokens.load(connection.identityId), undefined)
  await assert.rejects(refresh(), { code: 'forbidden', reason: 'reconnect' })
})

test('a connection that ended while its person was asked about is not written back', async () => {
  obey([STAFF], EDITORS)
  fake.on('/user', async (seen, response) => {
    await store.identities.remove(connection.identityId)
    await json({ id: subject, groups: ['staff', 'writers'] })(seen, response)
  })
  await refresh()
  assert.equal(await store.identities.load(connection.identityId), undefined)
  assert.deepEqual(await rolesNow(), [])
})

for (const [what, claims, code] of [
  ['oidcc-client-test-refresh-token-invalid-issuer', { iss: 'https://elsewhere.example' }, 'id_token_invalid'],
  ['oidcc-client-test-refresh-token-invalid-sub', { sub: 'somebody else' }, 'subject_mismatch'],
] as const) {
  test(`${what}: the result is thrown away, the sessions of the identity end, and nobody is asked again`, async () => {
    const op: FakeOidc = await startFakeOidc({ now: () => clock.now })
    try {
      const settings = acmeAt(fake, { protocol: 'oidc', issuer: op.issuer, ...places })
      instance = newInstance(store, clock, [settings])
      const good = { iss: op.issuer, aud: settings.clientId, sub: subject, iat: NOW / 1000, exp: NOW / 1000 + 60 }
      const id_token = await op.keys.rsa.sign({ ...good, ...claims })
      op.on('/token', json({ access_token: 'access-2', refresh_token: 'refresh-2', token_type: 'Bearer', id_token }))
      const { handleHash } = await signedIn(store, person)
      await assert.rejects(refresh(), { name: 'ProtocolError', code })
      assert.equal(await store.tokens.load(connection.identityId), undefined)
      assert.equal(await store.sessions.find(handleHash), undefined)
      assert.deepEqual((await eventsOf()).sort(), [
        ['refresh-failed', code],
        ['session-ended', 'provider'],
      ])
      clock.now += MINUTE
      await assert.rejects(refresh(), { code: 'forbidden', reason: 'reconnect' })
      assert.deepEqual([op.calls('/token'), op.calls('/userinfo'), op.calls(DISCOVERY)], [1, 0, 1])
    } finally {
      await op.stop()
    }
  })
}

const places = { tokenUrl: undefined, userUrl: undefined, authorizeUrl: undefined, fields: {} }
