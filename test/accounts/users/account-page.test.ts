import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { type ActiveSession, toActiveSession } from '../../../src/accounts/sessions/active-session.js'
import { type AccountPageDeps, loadAccountPage } from '../../../src/accounts/users/account-page.js'
import type { Store, StoredTokens, TokenStore } from '../../../src/store/types.js'
import { onBothDatabases } from '../../store/both-databases.js'
import { adaAtGithub, addPerson, eventOf, NOW, type Person, sessionOf } from '../../store/sample-users.js'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const GITHUB = { label: 'GitHub', scope: ['read:user', 'user:email'] }
const GOOGLE = { label: 'Google', scope: ['openid', 'email', 'profile', 'calendar.readonly', 'offline_access'] }

const tokensOf = (scope: string | undefined): StoredTokens => ({
  ...{ accessToken: 'access', refreshToken: undefined, tokenType: 'Bearer' },
  ...{ scope, expiresAt: undefined, refreshExpiresAt: undefined },
})

onBothDatabases(database => {
  let store: Store
  let ada: Person
  let live: ActiveSession
  before(async () => {
    store = await database.openStore()
  })
  beforeEach(async () => {
    ada = await addPerson(store)
    live = await openSession({})
  })

  async function openSession(changes: Parameters<typeof sessionOf>[1]): Promise<ActiveSession> {
    const session = sessionOf(ada, { expiresAt: NOW + 60_000, ...changes })
    await store.sessions.insert(session)
    const found = await store.sessions.find(session.handleHash)
    assert.ok(found)
    return toActiveSession(found, new Set())
  }
  const depsWith = (tokens: TokenStore = store.tokens): AccountPageDeps => ({
    store: { ...store, tokens },
    sessions: { seenBefore: now => now - 10_000 },
    providers: new Map(Object.entries({ github: GITHUB, google: GOOGLE })),
    now: () => NOW,
  })
  const scopesOf = async (tokens?: TokenStore) =>
    (await loadAccountPage(depsWith(tokens), live)).connections.map(({ scope, missingScope }) => ({
      scope,
      missingScope,
    }))

  test('a person sees their own connections, oldest first, and which one they are signed in with', async () => {
    const key = { provider: 'gone', issuer: '', subject: ada.user.id }
    const other = await store.identities.create(ada.user.id, key, { ...adaAtGithub, login: null }, NOW + 1)
    await store.identities.setReconnectNeeded(other.id, NOW + 2)
    await addPerson(store)
    const { connections } = await loadAccountPage(depsWith(), live)
    assert.deepEqual(
      connections.map(({ id, label, login, current, reconnectSince }) => ({
        id,
        label,
        login,
        current,
        reconnectSince,
      })),
      [
        { id: ada.identity.id, label: 'GitHub', login: 'ada', current: true, reconnectSince: null },
        { id: other.id, label: 'gone', login: null, current: false, reconnectSince: NOW + 2 },
      ],
    )
    assert.doesNotMatch(JSON.stringify(connections), /subject|rawProfile/)
  })

  test('a person sees their live sessions, last seen first, in words, and nothing that opens one', async () => {
    await openSession({ userAgent: FIREFOX, seenAt: NOW + 5, address: '2001:db8::1' })
    await openSession({ expiresAt: NOW - 1 })
    await openSession({ seenAt: NOW - 20_000 })
    const { sessions, hasMoreSessions: moreSessions } = await loadAccountPage(depsWith(), live)
    assert.deepEqual(
      sessions.map(({ device, address, label, current }) => ({ device, address, label, current })),
      [
        { device: 'Firefox on Linux', address: '2001:db8::1', label: 'GitHub', current: false },
        { device: 'A script (Firefox)', address: '192.0.2.1', label: 'GitHub', current: true },
      ],
    )
    assert.equal(moreSessions, false)
    assert.doesNotMatch(JSON.stringify(sessions), new RegExp(live.handleHash))
  })

  test('of more than fifty sessions fifty are shown, and that there are more', async () => {
    for (let count = 1; count < 50; count++) await openSession({})
    assert.equal((await loadAccountPage(depsWith(), live)).hasMoreSessions, false)
    await openSession({})
    const { sessions, hasMoreSessions: moreSessions } = await loadAccountPage(depsWith(), live)
    assert.deepEqual([sessions.length, moreSessions], [50, true])
  })

  test('a person sees the last twenty of their own events, in words, the latest first', async () => {
    for (let at = 1; at <= 25; at++) await store.events.insert(eventOf({ at, userId: ada.user.id, userAgent: FIREFOX }))
    await store.events.insert(eventOf({ userId: ada.user.id, provider: null, userAgent: null, at: NOW }))
    await store.events.insert(eventOf({ userId: (await addPerson(store)).user.id, at: NOW + 1 }))
    const { activity } = await loadAccountPage(depsWith(), live)
    assert.equal(activity.length, 20)
    assert.deepEqual([activity[0]?.label, activity[0]?.device], [null, null])
    assert.deepEqual([activity[1]?.at, activity[1]?.label, activity[1]?.device], [25, 'GitHub', 'Firefox on Linux'])
  })

  test('the access is shown as it was granted, and what was asked for and not given', async () => {
    await store.tokens.save(ada.identity.id, tokensOf('read:user'), NOW)
    assert.deepEqual(await scopesOf(), [{ scope: ['read:user'], missingScope: ['user:email'] }])
    await store.tokens.save(ada.identity.id, tokensOf(''), NOW)
    assert.deepEqual(await scopesOf(), [{ scope: [], missingScope: GITHUB.scope }])
  })

  test('without a word of the provider what was asked for is what was granted (RFC 6749, 5.1)', async () => {
    await store.tokens.save(ada.identity.id, tokensOf(undefined), NOW)
    assert.deepEqual(await scopesOf(), [{ scope: GITHUB.scope, missingScope: [] }])
    await store.tokens.remove(ada.identity.id)
    assert.deepEqual(await scopesOf(), [{ scope: undefined, missingScope: [] }])
  })

  test('a scope that is granted under its URL is not missing, nor are words of the protocol', async () => {
    const key = { provider: 'google', issuer: '', subject: ada.user.id }
    const google = await store.identities.create(ada.user.id, key, adaAtGithub, NOW + 1)
    const auth = 'https://accounts.example/auth'
    await store.tokens.save(google.id, tokensOf(`${auth}/userinfo.email ${auth}/userinfo.profile`), NOW)
    assert.deepEqual((await scopesOf())[1]?.missingScope, ['calendar.readonly'])
  })

  test('B-53 a scope that is granted in another spelling is not missing', async () => {
    const table: [asked: string[], granted: string, missing: string[]][] = [
      [['read,profile:read'], 'read profile:read', []],
      [['read,profile:read'], 'read,profile:read', []],
      [['read,profile:read'], 'read', ['profile:read']],
      [['openid', 'User.Read'], 'openid user.read', []],
      [['OpenID', 'mail'], 'MAIL', []],
      [['api://x/read'], 'read', []],
      [['api://x/read'], 'x/read', []],
      [['api://x/read'], 'api://X/Read', []],
      [['api://x/read'], 'api://x/write', ['api://x/read']],
      [['read'], 'bread', ['read']],
      [['read:user'], 'user', ['read:user']],
      [['calendar.readonly'], 'readonly', ['calendar.readonly']],
    ]
    for (const [scope, granted, missing] of table) {
      await store.tokens.save(ada.identity.id, tokensOf(granted), NOW)
      const deps = { ...depsWith(), providers: new Map([['github', { label: 'GitHub', scope }]]) }
      const [shown] = (await loadAccountPage(deps, live)).connections
      assert.deepEqual(shown?.missingScope, missing, JSON.stringify([scope, granted]))
    }
  })

  test('no token is opened where the store can tell the access alone', async () => {
    await store.tokens.save(ada.identity.id, tokensOf('read:user'), NOW)
    const load = () => assert.fail('a token was opened')
    assert.deepEqual((await scopesOf({ ...store.tokens, load }))[0]?.scope, ['read:user'])
  })

  test('a token store of somebody else is asked for the tokens; one that fails or hangs costs the access alone', async () => {
    const elsewhere = (load: TokenStore['load']): TokenStore => ({ load, save: async () => {}, remove: async () => {} })
    const [known] = await scopesOf(elsewhere(async () => tokensOf('read:user')))
    assert.deepEqual(known?.scope, ['read:user'])
    for (const load of [() => Promise.reject(new Error('down')), () => new Promise<undefined>(() => {})]) {
      const [unknown] = await scopesOf(elsewhere(load))
      assert.equal(unknown?.scope, undefined)
    }
  })
})
