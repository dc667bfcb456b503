import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { sha256 } from '../../../src/crypto/digest.js'
import { randomToken } from '../../../src/crypto/random.js'
import { StoreError } from '../../../src/store/db/errors.js'
import type { NewSession, Store, StoredSession } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { addPerson, NOW, type Person, sessionOf } from '../sample-users.js'

onBothDatabases(database => {
  let url: string
  let store: Store
  let person: Person
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
  })
  beforeEach(async () => {
    person = await addPerson(store)
  })

  async function open(changes: Partial<NewSession> = {}, of = person): Promise<StoredSession> {
    const { idToken, ...session } = sessionOf(of, changes)
    await store.sessions.insert({ ...session, idToken })
    return session
  }
  const find = async (session: StoredSession) => (await store.sessions.find(session.handleHash))?.session

  test('a session is found with its person, in one piece', async () => {
    const session = await open({ data: '{"n":"✓"}', userAgent: null, address: null })
    assert.deepEqual(await store.sessions.find(session.handleHash), {
      session,
      roles: [],
      user: person.user,
      identity: { id: person.identity.id, provider: 'github', subject: person.identity.subject },
    })
  })

  test('a session past its limits is still found: judging is for the caller', async () => {
    const session = await open({ expiresAt: 1, seenAt: 1 })
    assert.deepEqual(await find(session), session)
  })

  test('a disabled user is seen at the next look', async () => {
    const session = await open()
    await database.sql(url, `update users set disabled_at = ${NOW} where id = '${person.user.id}'`)
    assert.equal((await store.sessions.find(session.handleHash))?.user.disabledAt, NOW)
  })

  test('SE-04 the table holds the hash and not the handle', async () => {
    const handle = randomToken()
    const session = await open({ handleHash: sha256(handle) })
    assert.ok(await find(session))
    assert.equal(await store.sessions.find(handle), undefined)
    assert.ok(!JSON.stringify(await database.sql(url, 'select * from sessions')).includes(handle))
  })

  test('a handle is never given to two sessions', async () => {
    const session = await open()
    await assert.rejects(store.sessions.insert({ ...session, idToken: undefined }), StoreError)
    assert.deepEqual(await find(session), session)
  })

  test('writing the document changes the document only', async () => {
    const session = await open()
    assert.equal(await store.sessions.updateData(session.handleHash, '{"a":1}'), true)
    assert.equal(await store.sessions.updateData(session.handleHash, '{"a":1}'), true)
    assert.deepEqual(await find(session), { ...session, data: '{"a":1}' })
  })

  test('SE-06 writing the document of an ended session says so and does not bring it back', async () => {
    const session = await open()
    await store.sessions.remove(session.handleHash)
    assert.equal(await store.sessions.updateData(session.handleHash, '{}'), false)
    await store.sessions.touch(session.handleHash, NOW)
    assert.equal(await find(session), undefined)
  })

  test('a touch moves the time it was seen', async () => {
    const session = await open()
    await store.sessions.touch(session.handleHash, NOW + 60_000)
    assert.deepEqual(await find(session), { ...session, seenAt: NOW + 60_000 })
  })

  test('removing a session leaves the others, and removing it again is fine', async () => {
    const [session, other] = [await open(), await open()]
    await store.sessions.remove(session.handleHash)
    await store.sessions.remove(session.handleHash)
    assert.equal(await find(session), undefined)
    assert.ok(await find(other))
  })

  test('removing all sessions of a user says how many there were, and leaves those of others', async () => {
    const other = await open({}, await addPerson(store))
    const own = [await open(), await open()]
    assert.equal(await store.sessions.removeAllOfUser(person.user.id), 2)
    assert.equal(await store.sessions.removeAllOfUser(person.user.id), 0)
    assert.deepEqual(await Promise.all(own.map(find)), [undefined, undefined])
    assert.ok(await find(other))
  })

  test('the live sessions of a user are within both limits, last seen first, and show nothing that opens one', async () => {
    const unseen = await open({ seenAt: NOW - 99, createdAt: NOW - 500, userAgent: null, address: null })
    const seen = await open({ seenAt: NOW })
    await open({ expiresAt: NOW })
    await open({ seenAt: NOW - 100 })
    await open({}, await addPerson(store))
    const listed = ({ handleHash, data, providerSid, ...rest }: StoredSession) => ({ ...rest, provider: 'github' })
    const ofUser = (limit: number) => store.sessions.listActiveOfUser(person.user.id, NOW, NOW - 100, limit)
    assert.deepEqual(await ofUser(9), [seen, unseen].map(listed))
    assert.deepEqual(await ofUser(1), [listed(seen)])
  })

  test('sessions past their absolute end or unseen for too long are removed, to the millisecond', async () => {
    const ended = await open({ expiresAt: NOW })
    const lasting = await open({ expiresAt: NOW + 1 })
    const unseen = await open({ seenAt: NOW - 101 })
    const seen = await open({ seenAt: NOW - 100 })
    await store.sessions.removeExpired(NOW, NOW - 100, 1000)
    assert.deepEqual(await Promise.all([ended, lasting, unseen, seen].map(find)), [undefined, lasting, undefined, seen])
  })

  test('expired sessions are removed a batch at a time', async () => {
    await store.sessions.removeExpired(NOW, 0, 1000)
    for (let count = 0; count < 5; count++) await open({ expiresAt: NOW - 1 })
    const removed = []
    for (let batch = 0; batch < 4; batch++) removed.push(await store.sessions.removeExpired(NOW, 0, 2))
    assert.deepEqual(removed, [2, 2, 1, 0])
  })

  test('an attempt is used once', async () => {
    const hash = randomToken()
    assert.equal(await store.usedAttempts.has(hash), false)
    assert.equal(await store.usedAttempts.markUsed(hash, NOW), true)
    assert.equal(await store.usedAttempts.has(hash), true)
    assert.equal(await store.usedAttempts.markUsed(hash, NOW + 1), false)
  })

  test('of many who use an attempt at once, on two instances, exactly one hears true', async () => {
    const other = await database.openStore(url)
    const hash = randomToken()
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => (turn % 2 ? store : other).usedAttempts.markUsed(hash, NOW)),
    )
    assert.equal(responses.filter(Boolean).length, 1)
  })

  test('old marks are removed a batch at a time, to the millisecond', async () => {
    await store.usedAttempts.removeOlder(NOW * 2, 1000)
    for (const name of ['one', 'two', 'three']) await store.usedAttempts.markUsed(name, NOW - 1)
    await store.usedAttempts.markUsed('young', NOW)
    const removed = []
    for (let batch = 0; batch < 3; batch++) removed.push(await store.usedAttempts.removeOlder(NOW, 2))
    assert.deepEqual(removed, [2, 1, 0])
    assert.equal(await store.usedAttempts.has('young'), true)
  })
})
