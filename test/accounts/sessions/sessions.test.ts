import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { prune } from '../../../src/accounts/sessions/prune.js'
import { createSessions, type Sessions } from '../../../src/accounts/sessions/sessions.js'
import { sha256 } from '../../../src/crypto/digest.js'
import { createKeyring } from '../../../src/crypto/keys.js'
import { randomToken } from '../../../src/crypto/random.js'
import { createStore } from '../../../src/store/store.js'
import type { SessionTable, Store } from '../../../src/store/types.js'
import { eventOf } from '../../store/sample-users.js'

const SECOND = 1_000
const DAY = 24 * 60 * 60 * SECOND
const LIMITS = { idle: 7 * DAY, lifetime: 30 * DAY }
const UNKNOWN_DEVICE = { userAgent: null, address: null }

let store: Store
let sessions: Sessions
let now: number
let monotonic: number | undefined
let lookUps: number
let touches: number
let userId: string
let identityId: string

before(async () => {
  store = createStore('sqlite::memory:', createKeyring([randomToken()]).sealer('provider-token'))
  await store.migrate()
  const facts = { name: 'Ada', login: 'ada', email: null, emailVerified: false, picture: null }
  userId = (await store.users.create(facts, 0)).id
  const key = { provider: 'dev', issuer: '', subject: '1' }
  identityId = (await store.identities.create(userId, key, { ...facts, rawProfile: '{}', groups: [] }, 0)).id
})
after(() => store.close())

beforeEach(() => {
  now = 1_000_000
  monotonic = undefined
  lookUps = 0
  touches = 0
  const counted: SessionTable = {
    ...store.sessions,
    find: hash => {
      lookUps += 1
      return store.sessions.find(hash)
    },
    touch: (hash, at) => {
      touches += 1
      return store.sessions.touch(hash, at)
    },
  }
  sessions = createSessions({
    table: counted,
    limits: LIMITS,
    roles: new Set(['editor']),
    now: () => now,
    monotonic: () => monotonic ?? now,
    random: randomToken,
  })
})

const open = () => sessions.open(store.sessions, { userId, identityId, browser: UNKNOWN_DEVICE })

test('a session belongs to the person it was opened for', async () => {
  const live = await sessions.read(await open())
  assert.equal(live?.user.id, userId)
  assert.equal(live?.provider, 'dev')
})

test('a session has the roles that its identity was given, without those that ROLE_RULES names no more', async () => {
  await store.roles.replace(identityId, ['admin', 'editor'])
  assert.deepEqual((await sessions.read(await open()))?.roles, ['editor'])
  await store.roles.replace(identityId, [])
})

test('SE-03 a session is not made by presenting a handle', async () => {
  for (const handle of ['', 'x', randomToken(), '__proto__']) assert.equal(await sessions.read(handle), undefined)
})

test('SE-04 a session is kept under the hash of its handle', async () => {
  const handle = await open()
  assert.equal(await store.sessions.find(handle), undefined)
  assert.ok(await store.sessions.find(sha256(handle)))
})

test('SE-10 a session ends after the idle limit without a request', async () => {
  const handle = await open()
  now += LIMITS.idle - 1
  assert.ok(await sessions.read(handle))
  now += LIMITS.idle
  assert.equal(await sessions.read(handle), undefined)
})

test('SE-10 a session ends at the absolute limit, however active the person is', async () => {
  const handle = await open()
  for (let day = 0; day < 29; day++) {
    now += DAY
    assert.ok(await sessions.read(handle), `day ${day}`)
  }
  now += DAY
  assert.equal(await sessions.read(handle), undefined)
})

test('a session notes that it was seen once a minute at most', async () => {
  const handle = await open()
  for (let second = 0; second < 120; second++) {
    await sessions.read(handle)
    now += SECOND
  }
  assert.equal(touches, 1)
})

test('a session is looked up once in five seconds at most', async () => {
  const handle = await open()
  for (let request = 0; request < 100; request++) await sessions.read(handle)
  assert.equal(lookUps, 1)
  now += 5 * SECOND
  await sessions.read(handle)
  assert.equal(lookUps, 2)
})

test('SE-09 a session is over at once for this process when it ends, although it was cached', async () => {
  const handle = await open()
  await sessions.read(handle)
  await sessions.end(handle)
  assert.equal(await sessions.read(handle), undefined)
})

test('a session stays over when a lookup that began before the end comes back after it', async () => {
  const handle = await open()
  const slow = sessions.read(handle)
  const end = sessions.end(handle)
  await Promise.all([slow, end])
  assert.equal(await sessions.read(handle), undefined)
})

test('SE-28 a session ends with all others of its person', async () => {
  const handles = [await open(), await open()]
  for (const handle of handles) await sessions.read(handle)
  await store.sessions.removeAllOfUser(userId)
  sessions.forgetAll()
  for (const handle of handles) assert.equal(await sessions.read(handle), undefined)
})

test('SE-06 a session that has ended is not written back by a save', async () => {
  const handle = await open()
  await sessions.end(handle)
  await sessions.save(handle, '{"late":true}')
  assert.equal(await sessions.read(handle), undefined)
})

test('a session is read anew after its document was saved', async () => {
  const handle = await open()
  await sessions.read(handle)
  await sessions.save(handle, '{"theme":"dark"}')
  assert.equal((await sessions.read(handle))?.data, '{"theme":"dark"}')
})

test('the sweep removes what is past either limit, marks that are over and events that are kept no longer, whatever their number', async () => {
  await store.sessions.removeAllOfUser(userId)
  sessions.forgetAll()
  const over = await open()
  for (let n = 0; n < 1_200; n++) await store.usedAttempts.markUsed(`old-${n}`, now)
  now += LIMITS.idle + 1
  const alive = await open()
  await store.usedAttempts.markUsed('new', now)
  for (const late of [0, 1]) await store.usedLogoutTokens.markUsed(`token ${late}`, now + late)
  for (const age of [DAY, DAY + 1, DAY + 2]) await store.events.insert(eventOf({ at: now - age }))
  const gone = { sessions: 1, usedAttempts: 1_200, usedLogoutTokens: 1, events: 2 }
  assert.deepEqual(await prune(store, sessions, DAY, now), gone)
  assert.equal(await store.usedLogoutTokens.markUsed('token 1', now), false)
  assert.equal(await store.sessions.find(sha256(over)), undefined)
  assert.ok(await store.sessions.find(sha256(alive)))
  assert.equal(await store.usedAttempts.has('old-1199'), false)
  assert.equal(await store.usedAttempts.has('new'), true)
})

test('the sweep lets others have their turn between two batches', async () => {
  for (let n = 0; n < 240; n++) await store.usedAttempts.markUsed(`crowd-${n}`, now)
  now += DAY
  const order: string[] = []
  const removeOlder: Store['usedAttempts']['removeOlder'] = (before, limit) => {
    order.push('batch')
    return store.usedAttempts.removeOlder(before, limit)
  }
  setImmediate(() => order.push('somebody else'))
  await prune({ ...store, usedAttempts: { ...store.usedAttempts, removeOlder } }, sessions, DAY, now)
  assert.equal(order.filter(each => each === 'batch').length, 3)
  assert.ok(order.slice(0, order.lastIndexOf('batch')).includes('somebody else'), order.join())
})

test('the sweep that is asked for while another is at it is that one', async () => {
  for (let n = 0; n < 240; n++) await store.usedAttempts.markUsed(`twice-${n}`, now)
  now += DAY
  const both = await Promise.all([prune(store, sessions, DAY, now), prune(store, sessions, DAY, now)])
  assert.deepEqual(
    both.map(({ usedAttempts }) => usedAttempts),
    [240, 240],
  )
  assert.equal((await prune(store, sessions, DAY, now)).usedAttempts, 0)
})
