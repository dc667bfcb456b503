import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Identity, NewSession, ProviderSessions, Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { adaAtGithub, addPerson, github, NOW, type Person, sessionOf } from '../sample-users.js'

onBothDatabases(database => {
  let store: Store
  let person: Person
  let stranger: Person
  let second: Identity
  beforeEach(async () => {
    store ??= await database.openStore()
    person = await addPerson(store)
    stranger = await addPerson(store)
    second = await store.identities.create(person.user.id, github(`second of ${person.user.id}`), adaAtGithub, NOW)
  })

  async function open(of: Person, changes: Partial<NewSession> = {}): Promise<NewSession> {
    const session = sessionOf(of, changes)
    await store.sessions.insert(session)
    return session
  }
  /** Which of them are still there. */
  async function left(...sessions: NewSession[]): Promise<boolean[]> {
    const found = await Promise.all(sessions.map(({ handleHash }) => store.sessions.find(handleHash)))
    return found.map(each => each !== undefined)
  }

  test('one session ends by its id, and says which identity it was opened with', async () => {
    const [one, two] = [await open(person), await open(person)]
    assert.equal(await store.sessions.removeOne(person.user.id, one.id), person.identity.id)
    assert.equal(await store.sessions.removeOne(person.user.id, one.id), undefined)
    assert.deepEqual(await left(one, two), [false, true])
  })

  test("nobody ends another's session by its id", async () => {
    const session = await open(person)
    assert.equal(await store.sessions.removeOne(stranger.user.id, session.id), undefined)
    assert.deepEqual(await left(session), [true])
  })

  test('all others end but the one that asks, and each identity of theirs is told once', async () => {
    const [own, other] = [await open(person), await open(person)]
    const third = await open(person, { identityId: second.id })
    const fourth = await open(person, { identityId: second.id })
    const foreign = await open(stranger)
    const identities = await store.sessions.removeOthers(person.user.id, own.handleHash)
    assert.deepEqual(identities.sort(), [person.identity.id, second.id].sort())
    assert.deepEqual(await left(own, other, third, fourth, foreign), [true, false, false, false, true])
    assert.deepEqual(await store.sessions.removeOthers(person.user.id, own.handleHash), [])
  })

  test('the sessions of one identity end, and those of the same person with another stay', async () => {
    const [one, two] = [await open(person), await open(person)]
    const saved = await open(person, { identityId: second.id })
    assert.equal(await store.sessions.removeAllOfIdentity(person.identity.id), 2)
    assert.deepEqual(await left(one, two, saved), [false, false, true])
  })

  test('an identity has a session only within both limits, to the millisecond', async () => {
    const any = () => store.sessions.hasActiveOfIdentity(person.identity.id, NOW, NOW - 100)
    await open(stranger)
    await open(person, { identityId: second.id })
    await open(person, { expiresAt: NOW })
    await open(person, { seenAt: NOW - 100 })
    assert.equal(await any(), false)
    await open(person, { expiresAt: NOW + 1, seenAt: NOW - 99 })
    assert.equal(await any(), true)
  })

  /** Sessions of two providers and two subjects, some of which the provider has a name for. */
  async function crowd() {
    const at = (issuer: string, subject: string) => ({ provider: 'sso', issuer, subject })
    const own = at('https://sso.example.org', `of ${person.user.id}`)
    const other = at('https://sso.example.org', `of ${stranger.user.id}`)
    const elsewhere = at('https://sso.example.com', own.subject)
    const identities = [
      await store.identities.create(person.user.id, own, adaAtGithub, NOW),
      await store.identities.create(stranger.user.id, other, adaAtGithub, NOW),
      await store.identities.create(stranger.user.id, elsewhere, adaAtGithub, NOW),
    ]
    const openAt = (index: number, sid: string | null, of: Person) => {
      const identity = identities[index]
      assert.ok(identity)
      return open({ ...of, identity }, { providerSid: sid && `${sid} of ${person.user.id}` })
    }
    const sessions = {
      first: await openAt(0, 'one', person),
      second: await openAt(0, 'two', person),
      unnamed: await openAt(0, null, person),
      // A provider may well give two people one name for their sessions.
      ofStranger: await openAt(1, 'one', stranger),
      elsewhere: await openAt(2, 'one', stranger),
      atGithub: await open(person, { providerSid: `one of ${person.user.id}` }),
    }
    const { provider, issuer, subject } = own
    return { sessions, ended: { provider, issuer, subject, sid: `one of ${person.user.id}` } }
  }

  const cases: Record<string, [naming: (keyof ProviderSessions)[], gone: string[]]> = {
    'by the subject all of the subject end': [['subject'], ['first', 'second', 'unnamed']],
    'by its own name the session ends, at that issuer only': [['sid'], ['first', 'ofStranger']],
    'by both the session ends, and those of the subject whose name nobody knows': [
      ['subject', 'sid'],
      ['first', 'unnamed'],
    ],
    'by nothing no session ends': [[], []],
  }
  for (const [rule, [naming, gone]] of Object.entries(cases)) {
    test(`a provider ends sessions: ${rule}`, async () => {
      const { sessions, ended } = await crowd()
      const named = { ...ended, subject: undefined, sid: undefined }
      for (const name of naming) Object.assign(named, { [name]: ended[name] })
      const users = await store.sessions.removeOfProvider(named)
      const owners = gone.map(name => (name === 'ofStranger' ? stranger : person).user.id)
      assert.deepEqual(users.sort(), owners.sort())
      const names = Object.keys(sessions)
      const saved = await left(...Object.values(sessions))
      assert.deepEqual(
        names.filter((_, at) => !saved[at]),
        gone,
      )
    })
  }
})
