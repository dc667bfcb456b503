import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { findOrCreateUser, type ProviderIdentity } from '../../../src/accounts/sign-in/find-or-create-user.js'
import { deleteAccountAsOperator } from '../../../src/accounts/users/delete-account.js'
import { mergeUsers } from '../../../src/accounts/users/merge-users.js'
import { moveIdentities, previewMove } from '../../../src/accounts/users/move-identities.js'
import { disableUser, enableUser } from '../../../src/accounts/users/user-status.js'
import { randomId, randomToken } from '../../../src/crypto/random.js'
import type { IdentityKey, IdentityMove, NewSession, Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../../store/both-databases.js'
import { ada, adaAtGithub, eventOf, NOW, type Person, sessionOf } from '../../store/sample-users.js'
import { newInstance } from '../setup.js'

const OLD = { provider: 'acme', issuer: 'https://old.example' }
const NEW = { provider: 'acme', issuer: 'https://new.example' }
const MOVE: IdentityMove = { from: OLD, to: NEW }
const NO_PROGRESS = { now: NOW, progress() {} }

onBothDatabases(database => {
  let store: Store
  let url: string
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
  })
  beforeEach(async () => {
    for (const table of ['users', 'events']) await database.sql(url, `delete from ${table}`)
  })

  const personAt = async (key: IdentityKey, now = NOW, name = key.subject): Promise<Person> => {
    const user = await store.users.create({ ...ada, name, login: name }, now)
    const identity = await store.identities.create(user.id, key, adaAtGithub, now)
    await store.sessions.insert(sessionOf({ user, identity }))
    return { user, identity }
  }

  /** As the callback does it: the person is found or made, and their session is opened, in one transaction. */
  const signIn = (key: IdentityKey): Promise<string> =>
    store.transaction(async tables => {
      const { userId, identityId } = await findOrCreateUser(tables, identityFor(key), 'never', NOW + 1)
      await tables.sessions.insert(newSession(userId, identityId))
      return userId
    })

  const rows = (statement: string) => database.sql(url, statement)
  const trail = async () =>
    (await rows('select kind, code, user_id, provider, actor from events order by at, kind')).map(row => ({ ...row }))

  const noProviders = () => newInstance(store, { now: NOW }, []).deps

  test('B-07 an operator deletes an account with all that names the person; one event is left, with the operator', async () => {
    const gone = await personAt({ ...OLD, subject: 'gone' })
    const stays = await personAt({ ...OLD, subject: 'stays' })
    const { id } = gone.identity
    const tokens = { accessToken: 'a', refreshToken: undefined, tokenType: 'Bearer', scope: undefined }
    await store.tokens.save(id, { ...tokens, expiresAt: undefined, refreshExpiresAt: undefined }, NOW)
    await store.roles.replace(id, ['admin'])
    await store.events.insert(eventOf({ userId: gone.user.id }))
    await store.events.insert(eventOf({ kind: 'sign-in-refused', provider: 'acme', subject: 'gone', login: 'gone' }))
    const removed = await deleteAccountAsOperator(noProviders(), gone.user.id, 'grace', NOW)
    assert.deepEqual(removed, { connections: 1, sessions: 1, tokensToRevoke: [] })
    assert.deepEqual(await trail(), [
      { kind: 'account-deleted', code: 'operator', user_id: null, provider: null, actor: 'grace' },
    ])
    for (const table of ['provider_tokens', 'user_roles']) assert.deepEqual(await rows(`select * from ${table}`), [])
    const left = await rows('select user_id from sessions union all select id from users')
    assert.deepEqual(
      left.map(row => row.user_id),
      [stays.user.id, stays.user.id],
    )
    assert.equal(await deleteAccountAsOperator(noProviders(), gone.user.id, 'grace', NOW), undefined)
    assert.equal((await trail()).length, 1)
  })

  test('B-03 a merge moves connections and events, ends the sessions of the account that goes, and keeps the others', async () => {
    const [into, from] = [
      await personAt({ ...OLD, subject: 'into' }),
      await personAt({ ...NEW, subject: 'from' }, NOW + 1),
    ]
    await store.roles.replace(from.identity.id, ['editor'])
    await store.events.insert(eventOf({ userId: from.user.id, provider: null }))
    const merged = await mergeUsers(store, { into: into.user.id, from: from.user.id }, 'grace', NOW + 2)
    assert.deepEqual([merged.connections, merged.sessions, merged.user.name], [1, 1, 'into'])
    assert.equal(await store.users.find(from.user.id), undefined)
    assert.deepEqual(
      (await store.identities.listOfUser(into.user.id)).map(({ id }) => id),
      [into.identity.id, from.identity.id],
    )
    assert.deepEqual(await store.roles.listOfIdentity(from.identity.id), ['editor'])
    assert.deepEqual(
      (await rows('select identity_id from sessions')).map(row => row.identity_id),
      [into.identity.id],
    )
    assert.deepEqual(await trail(), [
      { kind: 'signed-in', code: null, user_id: into.user.id, provider: null, actor: null },
      { kind: 'accounts-merged', code: from.user.id, user_id: into.user.id, provider: null, actor: 'grace' },
    ])
  })

  test('an account that gets an older connection by a merge is called what that one is called', async () => {
    const [into, from] = [
      await personAt({ ...OLD, subject: 'into' }, NOW + 1),
      await personAt({ ...NEW, subject: 'from' }),
    ]
    const { user } = await mergeUsers(store, { into: into.user.id, from: from.user.id }, 'grace', NOW)
    assert.deepEqual([user.id, user.name, user.createdAt], [into.user.id, 'from', NOW + 1])
  })

  test('a merge of one account with itself, of a disabled one, or of one that is gone changes nothing', async () => {
    const [into, from] = [await personAt({ ...OLD, subject: 'into' }), await personAt({ ...NEW, subject: 'from' })]
    const [one, other] = [into.user.id, from.user.id]
    const refused = (pair: { into: string; from: string }, code: string) =>
      assert.rejects(mergeUsers(store, pair, 'grace', NOW), { name: 'MergeError', code })
    await refused({ into: one, from: one }, 'same_user')
    await refused({ into: one, from: 'nobody' }, 'gone')
    await refused({ into: 'nobody', from: one }, 'gone')
    for (const id of [one, other]) {
      await disableUser(store, id, 'grace', NOW)
      await refused({ into: one, from: other }, 'disabled')
      await refused({ into: other, from: one }, 'disabled')
      await enableUser(store, id, 'grace', NOW)
    }
    for (const person of [into, from]) assert.equal((await store.identities.listOfUser(person.user.id)).length, 1)
  })

  test('sign-ins while accounts are merged leave no session that belongs to one account and a connection of another', async () => {
    for (let time = 0; time < 10; time++) {
      const [into, from] = [`into ${time}`, `from ${time}`]
      const [one, other] = [await personAt({ ...OLD, subject: into }), await personAt({ ...OLD, subject: from })]
      const more = { ...NEW, subject: from }
      await store.identities.create(other.user.id, more, adaAtGithub, NOW + 1)
      const pair = { into: one.user.id, from: other.user.id }
      const keys = [{ ...OLD, subject: from }, more, { ...OLD, subject: into }]
      const [merged] = await Promise.all([mergeUsers(store, pair, 'grace', NOW), ...keys.map(signIn)])
      assert.equal(merged.connections, 2)
      for (const key of keys) assert.equal(await signIn(key), one.user.id)
    }
    const torn = `select 1 from sessions s join identities i on i.id = s.identity_id where i.user_id <> s.user_id`
    assert.deepEqual(await rows(torn), [])
  })

  test('sign-ins while an account is deleted find the old account or make a new one, and never fail', async () => {
    for (let time = 0; time < 10; time++) {
      const key = { ...OLD, subject: `person ${time}` }
      const { user } = await personAt(key)
      const acts = [deleteAccountAsOperator(noProviders(), user.id, 'grace', NOW), signIn(key), signIn(key)]
      const [removed] = await Promise.all(acts)
      assert.ok(removed)
      assert.equal(await store.users.find(user.id), undefined)
      assert.notEqual(await signIn(key), user.id)
    }
  })

  test('B-04 a move gives every identity its new key, and people who sign in there are who they were', async () => {
    const people = [await personAt({ ...OLD, subject: 'a' }), await personAt({ ...OLD, subject: 'b' })]
    const counts = { identities: 2, duplicates: 0, conflicts: 0, sessions: 2, withTokens: 0 }
    assert.deepEqual(await previewMove(store, MOVE), { counts, conflicts: [] })
    assert.equal((await store.identityMoves.count(MOVE)).identities, 2)
    assert.deepEqual(await moveIdentities(store, MOVE, 'grace', NO_PROGRESS), { counts, conflicts: [] })
    for (const { user, identity } of people) assert.equal(await signIn({ ...NEW, subject: identity.subject }), user.id)
    assert.deepEqual(await trail(), [
      {
        ...{ kind: 'identities-moved', code: 'acme https://old.example -> acme https://new.example' },
        ...{ user_id: null, provider: 'acme', actor: 'grace' },
      },
    ])
    assert.equal((await moveIdentities(store, MOVE, 'grace', NO_PROGRESS)).counts.identities, 0)
    assert.equal((await trail()).length, 1)
  })

  test('B-04 where one new key belongs to another account nothing is moved, and after a merge everything is', async () => {
    await personAt({ ...OLD, subject: 'free' })
    const [before, after] = [await personAt({ ...OLD, subject: 'two' }), await personAt({ ...NEW, subject: 'two' })]
    const refused = await moveIdentities(store, MOVE, 'grace', NO_PROGRESS)
    const [userId, takenByUserId] = [before.user.id, after.user.id]
    assert.deepEqual(refused.conflicts, [{ subject: 'two', login: 'ada', userId, takenByUserId }])
    assert.deepEqual(await trail(), [])
    assert.equal((await store.identityMoves.count(MOVE)).identities, 2)

    await mergeUsers(store, { into: userId, from: takenByUserId }, 'grace', NOW)
    const { counts, conflicts } = await moveIdentities(store, MOVE, 'grace', NO_PROGRESS)
    assert.deepEqual([counts.identities, counts.duplicates, conflicts.length], [2, 1, 0])
    assert.equal((await store.identityMoves.count(MOVE)).identities, 0)
    assert.equal(await signIn({ ...NEW, subject: 'two' }), userId)
  })

  test('a sign-in that takes a new key while identities move makes it move nothing, or comes after it', async () => {
    for (let time = 0; time < 10; time++) {
      const key = { ...OLD, subject: `person ${time}` }
      const { user } = await personAt(key)
      const [moved, signedIn] = await Promise.all([
        moveIdentities(store, MOVE, 'grace', NO_PROGRESS),
        signIn({ ...NEW, ...subjectOf(key) }),
      ])
      const isMoved = moved.counts.conflicts === 0
      assert.equal(signedIn === user.id, isMoved)
      assert.equal((await store.identities.find(key)) === undefined, isMoved)
      await store.users.remove(user.id)
    }
  })
})

const newSession = (userId: string, identityId: string): NewSession => ({
  ...{ handleHash: randomToken(), id: randomId(), userId, identityId, data: '{}' },
  ...{ providerSid: null, idToken: undefined, userAgent: null, address: null },
  ...{ createdAt: NOW, seenAt: NOW, expiresAt: NOW + 1_000 },
})

const subjectOf = ({ subject }: IdentityKey) => ({ subject })

const identityFor = ({ provider, issuer, subject }: IdentityKey): ProviderIdentity => ({
  ...{ provider, issuer, groups: [] },
  profile: { subject, name: 'Ada', login: 'ada', email: null, emailVerified: false, picture: null, raw: {} },
  tokens: {
    accessToken: 'new',
    tokenType: 'Bearer',
    scope: undefined,
    expiresIn: undefined,
    refreshToken: undefined,
    refreshExpiresIn: undefined,
  },
})
