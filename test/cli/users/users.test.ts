import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Store, UserFields } from '../../../src/store/types.js'
import { ada, adaAtGithub, github, type Person, sessionOf } from '../../store/sample-users.js'
import type { Installed } from '../../support/installed.js'
import { type InstalledStore, installWithStore } from '../installed-store.js'

const HOUR = 3_600_000
const CONTROL_CHARACTERS = 'Eve\u001b[2J\u202e\u009b1A\nroot'

let opened: InstalledStore
let installed: Installed
let store: Store
let settings: Record<string, string>
const people = new Map<string, Person>()

before(async () => {
  opened = await installWithStore()
  ;({ installed, store, settings } = opened)
  await add('ada', {})
  await add('eve', { name: CONTROL_CHARACTERS, login: 'eve', email: 'eve@example.org', emailVerified: false })
  await add('twin one', { name: null, login: 'twin', email: null })
  await add('twin two', { name: 'עדה', login: 'twin', email: null })
})
after(() => opened.close())

async function add(who: string, facts: Partial<UserFields>): Promise<void> {
  const now = Date.now()
  const user = await store.users.create({ ...ada, ...facts }, now)
  const reported = {
    login: user.login,
    email: user.email,
    emailVerified: user.emailVerified,
    rawProfile: '{"raw":"raw"}',
  }
  const identity = await store.identities.create(
    user.id,
    github(`subject of ${who}`),
    { ...adaAtGithub, ...reported },
    now,
  )
  people.set(who, { user, identity })
}

function of(who: string): Person {
  const person = people.get(who)
  assert.ok(person, who)
  return person
}

async function openSession(who: string, changes: Parameters<typeof sessionOf>[1] = {}) {
  const now = Date.now()
  const session = sessionOf(of(who), { createdAt: now, seenAt: now, expiresAt: now + HOUR, ...changes })
  await store.sessions.insert(session)
  return session
}

const run = (...args: string[]) => installed.run(['users', ...args], settings)
const liveSessions = async (who: string) =>
  (await store.sessions.listActiveOfUser(of(who).user.id, Date.now(), 0, 9)).length
const disabledAt = async (who: string) => (await store.users.find(of(who).user.id))?.disabledAt

test('users list shows everybody on a line of their own, in columns, and nothing moves the cursor', async () => {
  const { code, stdout, stderr } = await run('list')
  assert.deepEqual([code, stderr], [0, ''])
  const [heads = '', ...lines] = stdout.trimEnd().split('\n')
  assert.match(heads, /^id +name +login +e-mail +providers +last sign-in \(UTC\) +disabled \(UTC\)$/)
  assert.equal(lines.length, people.size)
  for (const { user } of people.values()) assert.equal(lines.filter(line => line.startsWith(user.id)).length, 1)
  assert.match(stdout, / Ada Lovelace +ada +ada@example\.org ✓ +github +\d{4}-\d\d-\d\d \d\d:\d\d +-\n/)
  assert.match(stdout, / eve@example\.org +github/)
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\p{Cc}\u202e]/u)
  assert.ok(stdout.includes('\u2068עדה\u2069'))
})

test('users list goes through all of them a page at a time, as it says itself', async () => {
  const seen: string[] = []
  for (let args: string[] = ['--limit', '3']; args.length > 0; ) {
    const { stdout } = await run('list', ...args)
    seen.push(...[...stdout.matchAll(/^([\w-]{22}) /gm)].map(([, id = '']) => id))
    args = /npx vestibule users list (.*)/.exec(stdout)?.[1]?.split(' ') ?? []
  }
  assert.deepEqual(seen, [...people.values()].map(({ user }) => user.id).sort(byBytes))
})

test('users list tells machines the same, and where the next page begins', async () => {
  const first = JSON.parse((await run('list', '--json', '--limit=3')).stdout)
  assert.equal(first.users.length, 3)
  assert.equal(first.next, first.users[2].id)
  const rest = JSON.parse((await run('list', '--json', `--after=${first.next}`)).stdout)
  assert.equal(rest.next, null)
  const eve = [...first.users, ...rest.users].find(({ login }) => login === 'eve')
  const { id, createdAt } = of('eve').user
  const at = new Date(createdAt).toISOString()
  assert.deepEqual(eve, {
    ...{
      id,
      name: CONTROL_CHARACTERS,
      login: 'eve',
      email: 'eve@example.org',
      email_verified: false,
      picture: ada.picture,
    },
    ...{ providers: ['github'], last_sign_in_at: at, disabled_at: null, created_at: at },
  })
})

const byBytes = (one: string, other: string) => (one < other ? -1 : 1)

test('users show shows a person, their identities and live sessions, and nothing that opens anything', async () => {
  const live = await openSession('ada', { userAgent: 'Firefox on \u001b]0;own\u0007Linux' })
  const over = await openSession('ada', { userAgent: 'Netscape', expiresAt: Date.now() - 1 })
  const idle = await openSession('ada', { userAgent: 'Lynx', seenAt: Date.now() - 8 * 24 * HOUR })
  await store.roles.replace(of('ada').identity.id, ['editor', 'admin'])
  await store.identities.setReconnectNeeded(of('ada').identity.id, Date.UTC(2025, 0, 2, 3, 4))
  const message = await Promise.all([run('show', 'ada'), run('show', of('ada').user.id, '--json')])
  for (const { code, stdout, stderr } of message) {
    assert.deepEqual([code, stderr], [0, ''])
    for (const shown of ['Ada Lovelace', 'subject of ada', '192.0.2.1', 'Linux', 'acme/staff', 'editor'])
      assert.ok(stdout.includes(shown), shown)
    const secrets = [live, over, idle].map(({ handleHash }) => handleHash)
    for (const hidden of [...secrets, 'raw', 'Netscape', 'Lynx']) assert.ok(!stdout.includes(hidden), hidden)
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
  }
  const { user, identities, sessions, more_sessions } = JSON.parse(message[1]?.stdout ?? '')
  assert.deepEqual([user.login, identities[0].subject, sessions.length], ['ada', 'subject of ada', 1])
  const [{ groups, roles, reconnect_since }] = identities
  const since = '2025-01-02T03:04:00.000Z'
  assert.deepEqual([groups, roles, reconnect_since], [['acme', 'acme/staff'], ['admin', 'editor'], since])
  assert.match(message[0]?.stdout ?? '', / 2025-01-02 03:04 +admin editor +acme acme\/staff$/m)
  assert.deepEqual(Object.keys(sessions[0]), [
    ...['provider', 'user_agent', 'address', 'created_at', 'seen_at', 'expires_at'],
  ])
  assert.equal(more_sessions, false)
  await store.sessions.removeAllOfUser(of('ada').user.id)
})

test('users show finds a person by their e-mail, whatever its case', async () => {
  const { code, stdout } = await run('show', 'EVE@Example.org')
  assert.equal(code, 0)
  assert.ok(stdout.includes(of('eve').user.id))
  assert.match(stdout, /^Sessions: none$/m)
})

test('users disable ends all sessions, says how many and how soon, and enable undoes it', async () => {
  await openSession('ada')
  await openSession('ada')
  await openSession('eve')
  const { code, stdout } = await run('disable', 'ada@example.org')
  assert.equal(code, 0)
  assert.match(stdout, /^Ada Lovelace \([\w-]{22}\) is disabled\. 2 sessions ended\. .*within five seconds/)
  const since = await disabledAt('ada')
  assert.ok(since)
  assert.deepEqual([await liveSessions('ada'), await liveSessions('eve')], [0, 1])

  const again = JSON.parse((await run('disable', 'ada', '--json')).stdout)
  assert.deepEqual([again.user.disabled_at, again.sessions_ended], [new Date(since).toISOString(), 0])
  assert.match((await run('list')).stdout, / Ada Lovelace .*\d\d:\d\d +\d{4}-\d\d-\d\d \d\d:\d\d\n/)

  const enabled = await run('enable', 'ada')
  assert.match(enabled.stdout, /^Ada Lovelace .* can sign in again\.\n$/)
  assert.equal(await disabledAt('ada'), null)
})

test('users end-sessions ends them, says how many, and disables nobody', async () => {
  await openSession('ada')
  await openSession('eve')
  const { code, stdout } = await run('end-sessions', of('ada').user.id)
  assert.equal(code, 0)
  assert.match(stdout, /: 1 session ended\. .*within five seconds/)
  assert.deepEqual([await liveSessions('ada'), await disabledAt('ada')], [0, null])
  assert.ok((await liveSessions('eve')) > 0)
  const none = await run('end-sessions', 'ada', '--json')
  assert.equal(JSON.parse(none.stdout).sessions_ended, 0)
})

test('a name that nobody has changes nothing and exits with 1', async () => {
  for (const verb of ['show', 'disable', 'enable', 'end-sessions']) {
    const { code, stdout, stderr } = await run(verb, 'no\u001b[31mbody')
    assert.deepEqual([code, stdout], [1, ''], verb)
    assert.match(stderr, /^No user has the id, login or e-mail "no\u{fffd}\[31mbody"\.\n$/u)
  }
  const { code, stdout } = await run('show', 'nobody', '--json')
  assert.deepEqual([code, JSON.parse(stdout)], [1, { error: 'nobody_found', users: [] }])
})

test('a name that several have lists them, changes nothing and exits with 1', async () => {
  for (const who of ['twin one', 'twin two']) await openSession(who)
  for (const verb of ['disable', 'end-sessions']) {
    const { code, stdout, stderr } = await run(verb, 'twin')
    assert.equal(code, 1)
    assert.match(stderr, /"twin" matches several users, so nothing was done/)
    for (const who of ['twin one', 'twin two']) {
      assert.ok(stdout.includes(of(who).user.id))
      assert.deepEqual([await disabledAt(who), await liveSessions(who)], [null, 1])
    }
  }
  const { code, stdout } = await run('disable', 'twin', '--json')
  const reported = JSON.parse(stdout)
  assert.deepEqual([code, reported.error, reported.users.length], [1, 'several_found', 2])
  assert.equal((await run('disable', of('twin one').user.id)).code, 0)
  assert.deepEqual([Boolean(await disabledAt('twin one')), await disabledAt('twin two')], [true, null])
})

test('a name that is the id of one and the login of another means the one', async () => {
  const { id } = of('eve').user
  await add('impostor', { login: id })
  assert.equal((await run('disable', id)).code, 0)
  assert.deepEqual([Boolean(await disabledAt('eve')), await disabledAt('impostor')], [true, null])
})
