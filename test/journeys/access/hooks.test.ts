import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { HookEvents, HookName, Listener } from '../../../src/accounts/hooks.js'
import { act, askToConnect, connect, disconnect } from '../../support/account-actions.js'
import { assertRefused, countRows, sessionOf } from '../../support/acme-app.js'
import { createBarrier } from '../../support/barrier.js'
import { json } from '../../support/fake-provider.js'
import type { HttpBrowser, Page } from '../../support/http-browser.js'
import { whatHappened } from '../../support/page-notes.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const HOOKS = ['signed-in', 'sign-in-refused', 'connected', 'disconnected', 'token-refreshed', 'signed-out'] as const
const HOUR = 3_600_000
const NO_ROWS = { users: 0, identities: 0, provider_tokens: 0, sessions: 0 }

let pair: TwoProviderApp
let clock = Date.now()
let emitted: [HookName, object][] = []
/** What the app of the test does in its own listener of `signing-in`. */
let onSigningIn: Listener<'signing-in'> = () => {}
before(async () => {
  const settings = (acme: TwoProviderApp['acme'], bolt: TwoProviderApp['bolt']) => ({
    ...{ ...acme.laterSettings(), ...bolt.laterSettings() },
    ALLOWED_USERS: 'group:acme:staff, email:grace@example.org, subject:bolt:9001',
  })
  pair = await startTwoProviderApp(settings, { now: () => clock++ })
  const { vestibule } = pair.app
  for (const name of HOOKS) vestibule.on(name, event => void emitted.push([name, event]))
  vestibule.on('signing-in', event => onSigningIn(event))
})
after(() => pair.stop())
beforeEach(async () => {
  for (const table of ['users', 'events']) await pair.sql(`delete from ${table}`)
  pair.reset()
  pair.acme.setUser(AT_STAFF)
  clock = Date.now()
  emitted = []
  onSigningIn = () => {}
})

const AT_STAFF = { ...AT_ACME.ada, groups: ['staff'] }
const enter = (visitor = pair.newVisitor(), person: object = AT_STAFF) =>
  signInThrough('acme', pair, visitor, { ...person })

/** Somebody who is in, and what the app calls them; nothing that was told on their way is left. */
async function newUser() {
  const visitor = pair.newVisitor()
  assert.equal((await enter(visitor)).status, 200)
  pair.bolt.useBrowser(visitor, AT_BOLT.ada)
  const { id } = (await sessionOf(visitor)).user
  const [identity] = await pair.sql(`select id from identities where user_id = '${id}'`)
  emitted = []
  return { visitor, userId: String(id), identityId: String(identity?.id) }
}

/** The callback's URL, which is not opened yet. */
async function comeBack(visitor: HttpBrowser): Promise<string> {
  pair.acme.useBrowser(visitor, AT_STAFF)
  const start = await visitor.open('/login/acme?return_to=%2Fprofile')
  return (await visitor.open(start.location ?? '')).location ?? assert.fail(start.text)
}

async function assertNothingWritten(visitor: HttpBrowser, page: Page): Promise<void> {
  assert.equal(visitor.sessionCookie, undefined, page.text)
  assert.deepEqual(await countRows(pair), NO_ROWS)
}

test('listeners of signing-in get the profile, the browser and the account, before anything is written', async () => {
  const seen: { event: HookEvents['signing-in']; rows: object }[] = []
  onSigningIn = async event => void seen.push({ event, rows: await countRows(pair) })
  await enter()
  await enter()
  const [first, second] = seen.map(({ event: { refuse, ...event } }) => ({ ...event, canRefuse: typeof refuse }))
  assert.deepEqual(first, {
    ...{ provider: 'acme', groups: ['staff'], user: undefined, canRefuse: 'function' },
    browser: { userAgent: null, address: '127.0.0.1' },
    profile: {
      ...{ subject: '1', name: 'Ada', login: 'ada', email: 'ada@example.org', emailVerified: true, picture: null },
      raw: AT_STAFF,
    },
  })
  assert.deepEqual(seen[0]?.rows, NO_ROWS)
  assert.deepEqual([second?.user?.login, second?.user?.disabledAt], ['ada', null])
})

test('listeners of signed-in get the user, and whether the account and the device are new', async () => {
  const devices = ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'curl/8.5.0']
  for (const device of devices) {
    const visitor = pair.newVisitor()
    const page = await visitor.open(await comeBack(visitor), { 'User-Agent': device })
    assert.equal(page.status, 303, page.text)
  }
  const [user] = await pair.sql('select users.id, identities.id as identity from users, identities')
  const event = { provider: 'acme', userId: user?.id, identityId: user?.identity, login: 'ada' }
  assert.deepEqual(
    emitted.map(([name, { profile, ...rest }]: [HookName, Partial<HookEvents['signed-in']>]) => [
      name,
      { ...rest, login: profile?.login },
    ]),
    [
      ['signed-in', { ...event, isNewAccount: true, isNewDevice: false }],
      ['signed-in', { ...event, isNewAccount: false, isNewDevice: true }],
    ],
  )
})

test('listeners of sign-in-refused get the code, and the account if one is known', async () => {
  const { userId } = await newUser()
  await pair.sql(`update users set disabled_at = 1 where id = '${userId}'`)
  await enter()
  const refused = (code: string, account?: string) => ['sign-in-refused', { provider: 'acme', code, userId: account }]
  assert.deepEqual(emitted, [refused('account_disabled', userId)])
  await pair.newVisitor().open('/oauth/acme/callback?code=a&state=b')
  await enter(pair.newVisitor(), { ...AT_ACME.ada, id: 5 })
  assert.deepEqual(emitted.slice(1), [refused('attempt_missing'), refused('not_admitted')])
})

test('listeners of connected and disconnected get the user and the identity', async () => {
  const { visitor, userId } = await newUser()
  await connect(visitor, 'bolt')
  const [bolt] = await pair.sql(`select id from identities where provider = 'bolt'`)
  const event = { provider: 'bolt', userId, identityId: bolt?.id }
  const [[name, { profile, ...rest }]] = emitted as [['connected', HookEvents['connected']]]
  assert.deepEqual([name, rest, profile.subject], ['connected', event, '9001'])
  await disconnect(visitor, pair, 'bolt')
  assert.deepEqual(emitted.slice(1), [['disconnected', event]])
})

test('listeners of token-refreshed get the user of the token', async () => {
  pair.acme.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
  const { visitor, userId, identityId } = await newUser()
  clock += HOUR
  assert.equal((await visitor.open('/profile')).status, 200)
  assert.deepEqual(emitted, [['token-refreshed', { provider: 'acme', userId, identityId }]])
})

test('listeners of signed-out get that a refresh was about another user, or that no rule admits the user any more', async () => {
  const ends: Record<'provider' | 'rules', () => void> = {
    provider: () => pair.acme.on('/user', json({ ...AT_STAFF, id: 66 })),
    rules: () => pair.acme.on('/user', json(AT_ACME.ada)),
  }
  for (const [by, end] of Object.entries(ends)) {
    pair.reset()
    pair.acme.tokens.gives({ refresh: 'rotating', expiresIn: 3600 })
    const { visitor, userId } = await newUser()
    end()
    clock += HOUR
    await visitor.open('/profile')
    assert.deepEqual(emitted.at(-1), ['signed-out', { provider: 'acme', userId, by }])
    assert.equal((await sessionOf(visitor)).signed_in, false)
  }
})

test('listeners of signed-out get that the user signed out, ended sessions, or deleted the account', async () => {
  const { visitor, userId } = await newUser()
  const event = ['signed-out', { provider: 'acme', userId, by: 'person' }]
  await enter()
  emitted = []
  await act(visitor, '/account/sessions/end-others')
  assert.deepEqual(emitted, [event])
  await visitor.submit(await visitor.open('/logout'), '/logout')
  assert.deepEqual(emitted, [event, event])
  await enter(visitor)
  emitted = []
  await visitor.submit(await visitor.open('/account'), '/account/delete', { confirm: 'ada' })
  assert.deepEqual(emitted, [event])
})

test('a listener of signing-in refuses with a text of its own, and only the refusal is written', async () => {
  onSigningIn = ({ refuse, profile }) => refuse(`Sorry, ${profile.name}: <b>the house</b> is full.`)
  const visitor = pair.newVisitor()
  const page = await visitor.open(await comeBack(visitor))
  assertRefused(page, 403, 'refused_by_app')
  assert.match(page.text, /Sorry, Ada: &lt;b&gt;the house&lt;\/b&gt; is full\./)
  assert.match(page.text, /href="\/login\/acme\?switch=1&amp;return_to=%2Fprofile"/)
  await assertNothingWritten(visitor, page)
  assert.deepEqual(await pair.sql('select kind, code, user_id, provider from events'), [
    { kind: 'sign-in-refused', code: 'refused_by_app', user_id: null, provider: 'acme' },
  ])
  assert.deepEqual(emitted, [['sign-in-refused', { provider: 'acme', code: 'refused_by_app', userId: undefined }]])
})

test('the refusal of a listener of signing-in is JSON for a request for JSON', async () => {
  onSigningIn = ({ refuse }) => refuse('Come back on Monday.')
  const visitor = pair.newVisitor()
  const page = await visitor.ask(await comeBack(visitor), { headers: { Accept: 'application/json' } })
  const { error, message } = JSON.parse(page.text)
  assert.deepEqual([page.status, error, message], [403, 'refused_by_app', 'Come back on Monday.'])
})

test('the refusal of a listener of signing-in does not change an existing account', async () => {
  const { userId } = await newUser()
  const rows = async () => [await pair.sql('select * from users'), await pair.sql('select * from provider_tokens')]
  const before = await rows()
  onSigningIn = async ({ refuse, user }) => refuse(`Not today, ${user?.id}.`)
  const page = await enter(pair.newVisitor(), { ...AT_STAFF, name: 'Renamed' })
  assert.ok(page.text.includes(`Not today, ${userId}.`), page.text)
  assert.deepEqual(await rows(), before)
  assert.equal((await countRows(pair)).sessions, 1)
})

test('a listener of signing-in that throws ends the sign-in with 500, nothing is written, and local shows its message and place in the code', async () => {
  for (const fails of [() => assert.fail('The guest list is lost'), async () => assert.fail('The guest list burns')]) {
    onSigningIn = fails
    const visitor = pair.newVisitor()
    const page = await visitor.open(await comeBack(visitor))
    assertRefused(page, 500, 'internal')
    assert.match(whatHappened(page), /^The guest list (?:is lost|burns) .*journeys\/access\/hooks\.test/)
    await assertNothingWritten(visitor, page)
  }
  assert.match(pair.app.logged(), /The guest list is lost/)
  assert.deepEqual(
    emitted.map(([name, event]) => [name, 'code' in event && event.code]),
    [
      ['sign-in-refused', 'internal'],
      ['sign-in-refused', 'internal'],
    ],
  )
})

test('a slow listener of signing-in is waited for, and the attempt is used once', async () => {
  const gate = createBarrier()
  onSigningIn = () => gate.pass()
  const visitor = pair.newVisitor()
  const callback = await comeBack(visitor)
  const coming = visitor.open(callback)
  await gate.arrived(1)
  assert.deepEqual(await countRows(pair), NO_ROWS)
  assertRefused(await visitor.open(callback), 400, 'attempt_used')
  gate.open()
  assert.equal((await coming).location, `${pair.app.origin}/profile`)
  assert.equal((await countRows(pair)).sessions, 1)
})

test('a user who is disabled while a listener of signing-in runs is refused', async () => {
  const { userId } = await newUser()
  const gate = createBarrier()
  onSigningIn = () => gate.pass()
  const coming = enter()
  await gate.arrived(1)
  await pair.sql(`update users set disabled_at = 1 where id = '${userId}'`)
  gate.open()
  assertRefused(await coming, 403, 'account_disabled')
})

test('a listener of signing-in is not called for a user whom no rule admits', async () => {
  let asked = 0
  onSigningIn = () => void asked++
  assertRefused(await enter(pair.newVisitor(), AT_ACME.ada), 403, 'not_admitted')
  assert.equal(asked, 0)
})

test('a listener of signing-in is called for a linked identity at its first sign-in', async () => {
  const { visitor } = await newUser()
  const asked: string[] = []
  onSigningIn = ({ provider, user, refuse }) => {
    asked.push(`${provider} ${user?.login}`)
    refuse('Not by this door.')
  }
  assert.match((await visitor.follow(await askToConnect(visitor, 'bolt'))).text, /bolt is connected/)
  assert.deepEqual(asked, [])
  assertRefused(await signInThrough('bolt', pair, pair.newVisitor(), AT_BOLT.ada), 403, 'refused_by_app')
  assert.deepEqual(asked, ['bolt ada'])
})
