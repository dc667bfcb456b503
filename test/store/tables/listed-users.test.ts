import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { ListedUser, Store, User, UserFields } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { ada, adaAtGithub, addPerson, github, NOW } from '../sample-users.js'

const byId = (one: string, other: string) => (one < other ? -1 : 1)
const idsOf = (users: readonly User[]) => users.map(({ id }) => id)

onBothDatabases(database => {
  let store: Store
  before(async () => {
    store = await database.openStore()
  })

  const add = (facts: Partial<UserFields>) => store.users.create({ ...ada, ...facts }, NOW)
  const named = async (name: string) => idsOf(await store.users.findByLoginOrEmail(name, 9))

  test('a listed user comes with each of their providers once, and the last sign-in at any', async () => {
    const user = await add({})
    const sso = (subject: string) => ({ provider: 'sso', issuer: 'https://sso.example.org', subject })
    for (const key of [sso('1'), sso('2'), github('listed')]) {
      await store.identities.create(user.id, key, adaAtGithub, NOW)
    }
    const latest = await store.identities.create(user.id, sso('3'), adaAtGithub, NOW)
    await store.identities.recordSignIn(latest.id, adaAtGithub, NOW + 7)
    const listed: ListedUser = { ...user, providers: ['github', 'sso'], lastSignInAt: NOW + 7 }
    assert.deepEqual(await store.users.findListed(user.id), listed)
    assert.deepEqual(
      (await store.users.list('', 1000)).find(({ id }) => id === user.id),
      listed,
    )
  })

  test('a user without identities is listed too, and an unknown id is nobody', async () => {
    const user = await add({})
    assert.deepEqual(await store.users.findListed(user.id), { ...user, providers: [], lastSignInAt: null })
    assert.equal(await store.users.findListed('nobody'), undefined)
  })

  test('pages follow each other without gap or repetition', async () => {
    const own = await database.openStore()
    const added = []
    for (let count = 0; count < 7; count++) added.push((await own.users.create(ada, NOW)).id)
    const pages: string[][] = []
    for (let after = ''; pages.length < 9; after = pages.at(-1)?.at(-1) ?? '') {
      const page = idsOf(await own.users.list(after, 3))
      if (page.length === 0) break
      pages.push(page)
    }
    assert.deepEqual(
      pages.map(page => page.length),
      [3, 3, 1],
    )
    assert.deepEqual(pages.flat().sort(byId), added.sort(byId))
  })

  test('a name finds a login to the letter, and an e-mail whatever its case', async () => {
    const grace = await add({ login: 'Grace', email: 'Grace@Example.org' })
    const copy = await add({ login: 'grace', email: null })
    assert.deepEqual(await named('Grace'), [grace.id])
    assert.deepEqual(await named('grace'), [copy.id])
    assert.deepEqual(await named('gRACE@example.ORG'), [grace.id])
    for (const none of ['', 'grac_', 'gr%', 'grace ', "' or 1=1 --"]) assert.deepEqual(await named(none), [], none)
  })

  test('a name is looked for at all identities of a person, who is found once', async () => {
    const user = await add({ login: 'lin', email: 'lin@example.org' })
    const elsewhere = { ...adaAtGithub, login: 'lin-elsewhere', email: 'lin@example.com' }
    await store.identities.create(user.id, github('lin'), elsewhere, NOW)
    await store.identities.create(user.id, github('lin-2'), elsewhere, NOW)
    for (const name of ['lin', 'lin-elsewhere', 'LIN@example.com']) assert.deepEqual(await named(name), [user.id], name)
  })

  test('everybody of one name is found, up to the limit', async () => {
    const people = [await add({ login: 'twin' }), await add({ login: 'twin' })]
    assert.deepEqual((await named('twin')).sort(byId), idsOf(people).sort(byId))
    assert.equal((await store.users.findByLoginOrEmail('twin', 1)).length, 1)
  })

  test('disabling keeps the first time, touches nobody else, and is undone', async () => {
    const [user, other] = [await add({}), await add({})]
    await store.users.disable(user.id, NOW + 1)
    await store.users.disable(user.id, NOW + 2)
    assert.deepEqual(await store.users.find(user.id), { ...user, disabledAt: NOW + 1, updatedAt: NOW + 2 })
    assert.deepEqual(await store.users.find(other.id), other)
    await store.users.disable(other.id, NOW)
    await store.users.enable(user.id, NOW + 3)
    assert.deepEqual(await store.users.find(user.id), { ...user, updatedAt: NOW + 3 })
    assert.equal((await store.users.find(other.id))?.disabledAt, NOW)
  })

  test('the identities of a user come oldest first, without the raw profile', async () => {
    const { user, identity } = await addPerson(store)
    const later = await store.identities.create(user.id, github('later'), adaAtGithub, NOW + 1)
    await addPerson(store)
    const listed = [identity, later].map(({ rawProfile, claimSources, ...rest }) => rest)
    assert.deepEqual(await store.identities.listOfUser(user.id), listed)
    assert.deepEqual(await store.identities.listOfUser('nobody'), [])
  })
})
