import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import type { IdentityFields, Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { tokensOf } from '../sample-tokens.js'
import { adaAtGithub, addPerson, eventOf, github, NOW, type Person, sessionOf } from '../sample-users.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const changed: IdentityFields = {
  ...{ login: 'countess', email: null, emailVerified: false, rawProfile: '{"id":1}' },
  groups: ['acme/écrivains', 'with "quotes", and a comma', ''],
  claimSources: '{"id_token":["sub"],"userinfo":[]}',
}

onBothDatabases(database => {
  let url: string
  let store: Store
  let other: Store
  let person: Person
  let id: string
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
    other = await database.openStore(url)
  })
  beforeEach(async () => {
    person = await addPerson(store)
    id = person.identity.id
  })
  const load = () => store.identities.load(id)
  const withEmail = async (email: string, emailVerified = true) => {
    const { user, identity } = await addPerson(store)
    await store.identities.recordSignIn(identity.id, { ...adaAtGithub, email, emailVerified }, NOW)
    return user.id
  }

  test('groups are kept as they were told, in their order', async () => {
    assert.deepEqual((await load())?.groups, ['acme', 'acme/staff'])
    await store.identities.recordSignIn(id, changed, NOW)
    assert.deepEqual(await load(), { ...person.identity, ...changed })
    assert.deepEqual((await store.identities.listOfUser(person.user.id))[0]?.groups, changed.groups)
  })

  test('A10 groups that cannot be read are none', async () => {
    for (const broken of ['', '{', 'null', '{"admin":true}', '"admin"', '["admin",1]']) {
      await database.sql(url, `update identities set groups = '${broken}' where id = '${id}'`)
      assert.deepEqual((await load())?.groups, [], broken)
    }
  })

  test('facts learnt by a refresh are no sign-in: neither its time nor a needed reconnect changes', async () => {
    const bystander = await addPerson(store)
    await store.identities.setReconnectNeeded(id, NOW + 1)
    await store.identities.updateFields(id, changed)
    assert.deepEqual(await load(), { ...person.identity, ...changed, reconnectSince: NOW + 1 })
    assert.deepEqual(await store.identities.load(bystander.identity.id), bystander.identity)
  })

  test('an identity that needs to be reconnected keeps the time of the first failure, until its next sign-in', async () => {
    await store.identities.setReconnectNeeded(id, NOW + 1)
    await store.identities.setReconnectNeeded(id, NOW + 2)
    assert.equal((await load())?.reconnectSince, NOW + 1)
    assert.equal((await store.identities.listOfUser(person.user.id))[0]?.reconnectSince, NOW + 1)
    await store.identities.recordSignIn(id, adaAtGithub, NOW + 3)
    assert.equal((await load())?.reconnectSince, null)
  })

  test('who has verified an address is found whatever its case, once each, and nobody who has not', async () => {
    const [one, two] = [await withEmail('Bea@Example.org'), await withEmail('bea@example.org')]
    await store.identities.create(one, github('second of bea'), { ...adaAtGithub, email: 'BEA@example.org' }, NOW)
    await withEmail('bea@example.org', false)
    await withEmail('bea@example.com')
    const found = await store.identities.findUserIdsByVerifiedEmail('beA@example.org')
    assert.deepEqual(found.sort(), [one, two].sort())
    assert.deepEqual(await store.identities.findUserIdsByVerifiedEmail('nobody@example.org'), [])
  })

  test('an address with a letter that only looks or folds alike is another address', async () => {
    const folding = await database.openStore(await withUnicodeCase())
    await folding.migrate()
    const add = async (email: string) => {
      const { user, identity } = await addPerson(folding)
      await folding.identities.recordSignIn(identity.id, { ...adaAtGithub, email }, NOW)
      return user.id
    }
    const kit = await add('kit@example.org')
    for (const alike of ['\u212ait@example.org', 'kıt@example.org', 'KİT@example.org', 'kit@example.org '])
      assert.deepEqual(await folding.identities.findUserIdsByVerifiedEmail(alike), [], alike)
    assert.deepEqual(await folding.identities.findUserIdsByVerifiedEmail('KIT@example.org'), [kit])
    await add('\u212aat@example.org')
    assert.deepEqual(await folding.identities.findUserIdsByVerifiedEmail('kat@example.org'), [])
  })

  /** The URL of a database whose lower() knows every letter of Unicode, where there are such. */
  async function withUnicodeCase(): Promise<string> {
    const fresh = await database.freshUrl()
    if (database.kind === 'SQLite') return fresh
    const name = `${new URL(fresh).pathname.slice(1)}_unicode`
    const locale = `locale_provider builtin builtin_locale 'C.UTF-8' encoding 'UTF8'`
    await database.sql(fresh, `create database ${name} template template0 ${locale}`)
    return Object.assign(new URL(fresh), { pathname: `/${name}` }).href
  }

  test('the owners of an address are found by an index', async () => {
    const statement = `select user_id, email from identities where lower(email) = lower('a@example.org') and email_verified`
    const plan = await explain(statement)
    assert.match(plan, /identities_email_index/)
  })

  async function explain(statement: string): Promise<string> {
    if (database.kind === 'SQLite') return JSON.stringify(await database.sql(url, `explain query plan ${statement}`))
    // A table of a few rows is read whole, whatever indexes it has.
    await database.sql(
      url,
      `insert into identities
         (id, user_id, provider, issuer, subject, email, email_verified, raw_profile, created_at, last_sign_in_at)
       select 'plan' || n, '${person.user.id}', 'plan', '', n::text, n || '@example.org', true, '{}', 0, 0
       from generate_series(1, 5000) n`,
    )
    await database.sql(url, 'analyze identities')
    const plan = JSON.stringify(await database.sql(url, `explain ${statement}`))
    await database.sql(url, `delete from identities where provider = 'plan'`)
    return plan
  }

  test('removing an identity takes its tokens, sessions and roles along, and leaves the person with the others', async () => {
    const second = await store.identities.create(person.user.id, github('second'), adaAtGithub, NOW)
    for (const identity of [person.identity, second]) {
      await store.tokens.save(identity.id, tokensOf('ada'), NOW)
      await store.roles.replace(identity.id, ['admin'])
      await store.sessions.insert(sessionOf({ ...person, identity }))
    }
    await store.events.insert(eventOf({ userId: person.user.id }))
    await store.identities.remove(id)
    for (const table of ['provider_tokens', 'user_roles', 'sessions']) {
      const rows = await database.sql(
        url,
        `select identity_id from ${table} where identity_id in ('${id}', '${second.id}')`,
      )
      assert.deepEqual(rows, [{ identity_id: second.id }], table)
    }
    assert.deepEqual(
      (await store.identities.listOfUser(person.user.id)).map(each => each.id),
      [second.id],
    )
    assert.equal((await store.events.listOfUser(person.user.id, 9)).length, 1)
    await store.identities.remove(second.id)
  })

  test('a lease is taken by one holder at a time, and free again when it was given back', async () => {
    const take = (holder: string) => store.identities.takeLease(id, holder, NOW, MINUTE)
    assert.equal(await take('one'), true)
    assert.equal(await take('two'), false)
    assert.equal(await take('one'), false)
    await store.identities.releaseLease(id, 'one')
    assert.equal(await take('two'), true)
  })

  // PostgreSQL measures by its own clock, which no test moves: a lease of no length is over as soon as it is taken.
  test('a lease that is over is taken over', async () => {
    await store.identities.takeLease(id, 'one', NOW, 0)
    assert.equal(await store.identities.takeLease(id, 'two', NOW, MINUTE), true)
    assert.equal(await store.identities.takeLease(id, 'three', NOW, MINUTE), false)
  })

  test('who holds a lease no more gives nothing back', async () => {
    await store.identities.takeLease(id, 'one', NOW, 0)
    await store.identities.takeLease(id, 'two', NOW, MINUTE)
    await store.identities.releaseLease(id, 'one')
    assert.equal(await store.identities.takeLease(id, 'three', NOW, MINUTE), false)
  })

  test('A8 a lease that ends later than any new one can was taken before the clock went back, and is over', async () => {
    await store.identities.takeLease(id, 'before', NOW, 2 * HOUR)
    assert.equal(await store.identities.takeLease(id, 'after', NOW, MINUTE), true)
    assert.equal(await store.identities.takeLease(id, 'late', NOW, MINUTE), false)
  })

  if (database.kind === 'SQLite') {
    test('a lease on SQLite is over to the millisecond by the clock of its machine', async () => {
      await store.identities.takeLease(id, 'one', NOW, 30)
      assert.equal(await store.identities.takeLease(id, 'two', NOW + 29, 30), false)
      assert.equal(await store.identities.takeLease(id, 'two', NOW + 30, 30), true)
    })

    test('A8 a call that waited for the SQLite file does not take the lease of one that came meanwhile', async () => {
      await store.identities.takeLease(id, 'one', NOW + 5_000, 20_000)
      assert.equal(await store.identities.takeLease(id, 'waited', NOW, 20_000), false)
    })
  } else {
    test('A8 leases on PostgreSQL are measured by its clock, whatever the clocks of two instances say', async () => {
      assert.equal(await store.identities.takeLease(id, 'one', NOW, MINUTE), true)
      for (const wrong of [NOW - 2 * HOUR, NOW + 25_000, NOW + 2 * HOUR, Date.now() + 2 * HOUR]) {
        assert.equal(await other.identities.takeLease(id, `other ${wrong}`, wrong, MINUTE), false)
      }
    })
  }

  test('a lease is of one identity, and of an unknown one nobody has it', async () => {
    const bystander = (await addPerson(store)).identity.id
    assert.equal(await store.identities.takeLease(id, 'one', NOW, MINUTE), true)
    assert.equal(await store.identities.takeLease(bystander, 'two', NOW, MINUTE), true)
    await store.identities.releaseLease(bystander, 'one')
    assert.equal(await store.identities.takeLease(bystander, 'three', NOW, MINUTE), false)
    assert.equal(await store.identities.takeLease('nobody', 'one', NOW, MINUTE), false)
  })

  test('of many who want a lease at once, on two instances, exactly one hears true', async () => {
    for (const round of ['first', 'second']) {
      // Over as soon as it is taken.
      if (round === 'second') await database.sql(url, 'update identities set refresh_lease_until = 1')
      const responses = await Promise.all(
        Array.from({ length: 20 }, (_, turn) =>
          (turn % 2 ? store : other).identities.takeLease(id, `holder ${round} ${turn}`, NOW, MINUTE),
        ),
      )
      assert.equal(responses.filter(Boolean).length, 1)
    }
  })

  test('two acts that hold the row of a person come one after the other: of two last identities one stays', async () => {
    const second = await store.identities.create(person.user.id, github('last but one'), adaAtGithub, NOW)
    const disconnect = (instance: Store, identityId: string) =>
      instance.transaction(async tables => {
        assert.equal(await tables.users.lock(person.user.id, NOW), true)
        if ((await tables.identities.listOfUser(person.user.id)).length < 2) return 'refused'
        // On a database that held nothing, the other one would look now.
        await new Promise(resolve => setImmediate(resolve))
        await tables.identities.remove(identityId)
        return 'removed'
      })
    const outcomes = await Promise.all([disconnect(store, id), disconnect(other, second.id)])
    assert.deepEqual(outcomes.sort(), ['refused', 'removed'])
    assert.equal((await store.identities.listOfUser(person.user.id)).length, 1)
  })

  test('the row of nobody cannot be held', async () => {
    assert.equal(await store.users.lock('nobody', NOW), false)
  })
})
