import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import type { IdentityKey, IdentityMove, Store, StoredTokens } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { ada, adaAtGithub, eventOf, NOW, type Person, sessionOf } from '../sample-users.js'

const OLD = { provider: 'acme', issuer: 'https://old.example/auth/realms/main' }
const NEW = { provider: 'acme', issuer: 'https://new.example/realms/main' }
const TO_ISSUER: IdentityMove = { from: OLD, to: NEW }
const TO_PROVIDER: IdentityMove = { from: OLD, to: { provider: 'bolt', issuer: '' } }
const TOKENS: StoredTokens = {
  ...{ accessToken: 'access', refreshToken: 'refresh', tokenType: 'Bearer', scope: 'read' },
  ...{ expiresAt: undefined, refreshExpiresAt: undefined },
}

onBothDatabases(database => {
  let store: Store
  let url: string
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
  })
  beforeEach(async () => {
    await database.sql(url, 'delete from users')
  })

  const identityAt = async (userId: string, key: IdentityKey, now = NOW) => {
    const identity = await store.identities.create(userId, key, adaAtGithub, now)
    await store.tokens.save(identity.id, TOKENS, now)
    await store.roles.replace(identity.id, ['admin'])
    return identity
  }

  /** Somebody who has signed in with one identity, and is signed in still. */
  const personAt = async (key: IdentityKey): Promise<Person & { handleHash: string }> => {
    const user = await store.users.create(ada, NOW)
    const identity = await identityAt(user.id, key)
    const session = sessionOf({ user, identity }, { idToken: 'id token', providerSid: 'sid' })
    await store.sessions.insert(session)
    return { user, identity, handleHash: session.handleHash }
  }

  /** Moves all, two at a time, and says how often it had to. */
  const moveAll = (move: IdentityMove): Promise<number> =>
    store.transaction(async ({ identityMoves }) => {
      for (let after = '', times = 0; ; times++) {
        const moved = await identityMoves.moveNextBatch(move, after, 2, NOW + 1)
        if (!moved) return times
        after = moved.last
      }
    })

  test('B-04 to another issuer tokens, roles and sessions stay, and sessions forget the ID token of the old one', async () => {
    const people = [await personAt({ ...OLD, subject: 'a' }), await personAt({ ...OLD, subject: 'b' })]
    assert.equal(await moveAll(TO_ISSUER), 1)
    for (const { identity, handleHash } of people) {
      const moved = await store.identities.find({ ...NEW, subject: identity.subject })
      assert.deepEqual(moved, { ...identity, ...NEW })
      assert.equal((await store.tokens.load(identity.id))?.refreshToken, 'refresh')
      assert.deepEqual(await store.roles.listOfIdentity(identity.id), ['admin'])
      assert.equal((await store.sessions.find(handleHash))?.session.providerSid, 'sid')
      assert.equal(await store.sessions.loadIdToken(handleHash), undefined)
    }
  })

  test('B-04 to another provider sessions, tokens and roles end, and the connection has to be made anew', async () => {
    const { identity, handleHash } = await personAt({ ...OLD, subject: 'a' })
    await moveAll(TO_PROVIDER)
    const moved = await store.identities.find({ ...TO_PROVIDER.to, subject: 'a' })
    assert.deepEqual([moved?.id, moved?.reconnectSince], [identity.id, NOW + 1])
    assert.equal(await store.tokens.load(identity.id), undefined)
    assert.deepEqual(await store.roles.listOfIdentity(identity.id), [])
    assert.equal(await store.sessions.find(handleHash), undefined)
  })

  test('all identities of the issuer move, whatever their subjects are, and no others', async () => {
    const subjects = ['A', 'a', 'ä', '\u{10ffff}', '\uffff', ' ', '0', 'Z', 'z']
    for (const subject of subjects) await personAt({ ...OLD, subject })
    const others = [
      { ...OLD, issuer: '', subject: 'a' },
      { ...OLD, provider: 'bolt', subject: 'a' },
    ]
    for (const key of others) await personAt(key)
    assert.equal(await moveAll(TO_ISSUER), 5)
    for (const subject of subjects) assert.ok(await store.identities.find({ ...NEW, subject }), subject)
    for (const key of others) {
      const identity = await store.identities.find(key)
      assert.ok(identity)
      assert.equal((await store.sessions.listActiveOfUser(identity.userId, NOW, 0, 9)).length, 1)
      assert.ok(await store.tokens.load(identity.id))
    }
    assert.deepEqual(await store.identityMoves.listIssuers('acme'), [
      { issuer: '', identities: 1 },
      { issuer: NEW.issuer, identities: subjects.length },
    ])
    assert.deepEqual(await store.identityMoves.listIssuers('nobody'), [])
  })

  test('what a move meets is counted: whose new key is their own already, and whose is that of another user', async () => {
    await personAt({ ...OLD, subject: 'free' })
    const twice = await personAt({ ...OLD, subject: 'twice' })
    await identityAt(twice.user.id, { ...NEW, subject: 'twice' })
    const [one, other] = [await personAt({ ...OLD, subject: 'two' }), await personAt({ ...NEW, subject: 'two' })]
    const counts = { identities: 3, duplicates: 1, conflicts: 1, sessions: 3, withTokens: 3 }
    assert.deepEqual(await store.identityMoves.count(TO_ISSUER), counts)
    assert.deepEqual(await store.identityMoves.listConflicts(TO_ISSUER, 5), [
      { subject: 'two', login: 'ada', userId: one.user.id, takenByUserId: other.user.id },
    ])
    assert.deepEqual(await store.identityMoves.listConflicts(TO_ISSUER, 0), [])

    await store.identityMoves.removeDuplicates(TO_ISSUER)
    assert.equal(await store.identities.load(twice.identity.id), undefined)
    assert.equal((await store.identities.listOfUser(twice.user.id)).length, 1)
    assert.deepEqual(await store.identityMoves.count(TO_ISSUER), {
      ...{ identities: 2, duplicates: 0, conflicts: 1, sessions: 2, withTokens: 2 },
    })
  })

  test('a key that is taken meanwhile moves nothing at all', async () => {
    for (const subject of ['a', 'b', 'c']) await personAt({ ...OLD, subject })
    await personAt({ ...NEW, subject: 'c' })
    await assert.rejects(moveAll(TO_ISSUER), { code: 'store_unavailable' })
    assert.equal((await store.identityMoves.count(TO_ISSUER)).identities, 3)
  })

  test('identities and events become those of another user, with tokens and roles', async () => {
    const [from, to] = [await personAt({ ...OLD, subject: 'from' }), await personAt({ ...OLD, subject: 'to' })]
    await store.events.insert(eventOf({ userId: from.user.id, code: 'of from' }))
    const moved = await store.transaction(tables => tables.identityMoves.moveToUser(from.user.id, to.user.id))
    assert.equal(moved, 1)
    const ids = (await store.identities.listOfUser(to.user.id)).map(({ id }) => id)
    assert.deepEqual(ids.sort(), [from.identity.id, to.identity.id].sort())
    assert.equal((await store.tokens.load(from.identity.id))?.accessToken, 'access')
    assert.deepEqual(await store.roles.listOfIdentity(from.identity.id), ['admin'])
    assert.deepEqual(
      (await store.events.listOfUser(to.user.id, 9)).map(({ code }) => code),
      ['of from'],
    )
  })

  // On SQLite a transaction has the whole file to itself.
  if (database.kind === 'SQLite') return
  test('an identity that is linked to the old user at this moment moves too', async () => {
    const [from, to] = [await personAt({ ...OLD, subject: 'from' }), await personAt({ ...OLD, subject: 'to' })]
    let merged: Promise<void> | undefined
    await store.transaction(async tables => {
      await tables.identities.create(from.user.id, { ...OLD, subject: 'linked' }, adaAtGithub, NOW)
      merged = store.transaction(async others => {
        await others.identityMoves.moveToUser(from.user.id, to.user.id)
        await others.users.remove(from.user.id)
      })
      await waitsForLock(database.sql, url)
    })
    await merged
    assert.equal((await store.identities.find({ ...OLD, subject: 'linked' }))?.userId, to.user.id)
  })
})

/** Resolves when a statement waits for a row of another transaction. */
async function waitsForLock(sql: (url: string, text: string) => Promise<unknown[]>, url: string): Promise<void> {
  const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
  while ((await sql(url, waiting)).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
}
