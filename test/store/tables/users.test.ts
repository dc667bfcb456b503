import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { tokensOf } from '../sample-tokens.js'
import { ada, adaAtGithub, addPerson, eventOf, github, NOW, sessionOf } from '../sample-users.js'

const THEIRS = ['users', 'identities', 'provider_tokens', 'user_roles', 'sessions', 'events']

onBothDatabases(database => {
  let store: Store
  before(async () => {
    store = await database.openStore()
  })

  test('a user is found as they were created', async () => {
    const created = await store.users.create(ada, NOW)
    assert.deepEqual(await store.users.find(created.id), created)
    assert.deepEqual(created, { id: created.id, ...ada, disabledAt: null, createdAt: NOW, updatedAt: NOW })
  })

  test('a user of whom nothing is known is a user', async () => {
    const unknown = { name: null, login: null, email: null, emailVerified: false, picture: null }
    const created = await store.users.create(unknown, NOW)
    assert.deepEqual(await store.users.find(created.id), created)
  })

  test('an unknown id is no user', async () => {
    assert.equal(await store.users.find('nobody'), undefined)
  })

  test('an update changes what the provider tells, of that user only', async () => {
    const [created, other] = [await store.users.create(ada, NOW), await store.users.create(ada, NOW)]
    const facts = { ...ada, name: 'Ada King', emailVerified: false }
    await store.users.update(created.id, facts, NOW + 5)
    assert.deepEqual(await store.users.find(created.id), { ...created, ...facts, updatedAt: NOW + 5 })
    assert.deepEqual(await store.users.find(other.id), other)
  })

  test('what a provider sends beside the facts does not become a column', async () => {
    const facts = { ...ada, disabled_at: NOW, id: 'chosen' }
    const created = await store.users.create(facts, NOW)
    assert.notEqual(created.id, 'chosen')
    await store.users.update(created.id, facts, NOW)
    assert.equal((await store.users.find(created.id))?.disabledAt, null)
  })

  test('an identity is found by its whole key, as it was created', async () => {
    const { id } = await store.users.create(ada, NOW)
    const key = { provider: 'sso', issuer: 'https://sso.example.org', subject: '17' }
    const created = await store.identities.create(id, key, adaAtGithub, NOW)
    assert.deepEqual(await store.identities.find(key), created)
    assert.deepEqual(created, {
      ...{ id: created.id, userId: id, ...key, ...adaAtGithub },
      ...{ claimSources: null, reconnectSince: null, createdAt: NOW, lastSignInAt: NOW },
    })
    for (const change of [
      { provider: 'sso2' },
      { issuer: 'https://sso.example.com' },
      { issuer: '' },
      { subject: '1' },
    ]) {
      assert.equal(await store.identities.find({ ...key, ...change }), undefined)
    }
  })

  test('a sign-in is noted with what the provider tells now', async () => {
    const { identity } = await addPerson(store)
    const facts = { login: 'countess', email: null, emailVerified: false, rawProfile: '{"id":1}', groups: [] }
    await store.identities.recordSignIn(identity.id, facts, NOW + 9)
    assert.deepEqual(await store.identities.find(identity), { ...identity, ...facts, lastSignInAt: NOW + 9 })
  })

  test('ID-04 subjects that differ in case, space or spelling are different people, and an equal e-mail joins nothing', async () => {
    const subjects = ['Ada', 'ada', 'ada ', 'ａda', '\u00e9', 'e\u0301']
    const people = []
    for (const subject of subjects) people.push(await addPerson(store, subject))
    assert.equal(new Set(people.map(({ user }) => user.id)).size, subjects.length)
    for (const [index, subject] of subjects.entries()) {
      assert.deepEqual(await store.identities.find(github(subject)), people[index]?.identity)
    }
    assert.equal(await store.identities.find(github('ADA')), undefined)
  })

  test('ID-04 the key is compared byte by byte, whatever the collation of the database', async () => {
    const url = await database.freshUrl()
    await (await database.openStore(url)).migrate()
    const table =
      database.kind === 'SQLite'
        ? await database.sql(url, `select sql as collation from sqlite_schema where name = 'identities'`)
        : await database.sql(
            url,
            `select collation_name as collation from information_schema.columns
             where table_name = 'identities' and column_name in ('provider', 'issuer', 'subject')`,
          )
    const collations = table.map(row => String(row.collation)).join(' ')
    assert.equal(collations.match(/collate binary|\bC\b/g)?.length, 3, collations)
  })

  test('ID-07 a subject beyond 2^53 is kept digit by digit, as text', async () => {
    const subjects = ['9007199254740993', '9007199254740992', '00123', '123', '1e3']
    for (const subject of subjects) await addPerson(store, subject)
    for (const subject of subjects) {
      assert.equal((await store.identities.find(github(subject)))?.subject, subject)
    }
  })

  test('removing a user takes everything along that is theirs, and nothing of others', async () => {
    const url = await database.freshUrl()
    const own = await database.openStore(url)
    await own.migrate()
    const everything = async () => {
      const person = await addPerson(own)
      const { user, identity } = person
      await own.sessions.insert(sessionOf(person))
      await own.tokens.save(identity.id, tokensOf('ada'), NOW)
      await own.roles.replace(identity.id, ['admin'])
      await own.events.insert(eventOf({ userId: user.id }))
      return user.id
    }
    const [gone] = [await everything(), await everything()]
    await own.users.remove(gone)
    for (const table of THEIRS) assert.equal((await database.sql(url, `select * from ${table}`)).length, 1, table)
    assert.equal(await own.users.find(gone), undefined)
    await own.users.remove(gone)
  })

  test('W7 removing a user takes the refused sign-ins of their identities along, and those of nobody else', async () => {
    const url = await database.freshUrl()
    const own = await database.openStore(url)
    await own.migrate()
    const { user } = await addPerson(own, '7')
    await addPerson(own, '8')
    const refused = { kind: 'sign-in-refused', code: 'not_admitted', userId: null } as const
    for (const subject of ['7', '8', null]) await own.events.insert(eventOf({ ...refused, subject }))
    await own.events.insert(eventOf({ ...refused, subject: '7', provider: 'acme' }))
    await own.users.remove(user.id)
    const left = await database.sql(url, 'select provider, subject from events')
    assert.deepEqual(left.map(({ provider, subject }) => `${provider} ${subject}`).sort(), [
      'acme 7',
      'github 8',
      'github null',
    ])
  })
})
