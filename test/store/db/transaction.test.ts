import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { StoreError } from '../../../src/store/db/errors.js'
import type { Store, Tables } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { ada, adaAtGithub, addPerson, github, NOW } from '../sample-users.js'

onBothDatabases(database => {
  let url: string
  let store: Store
  let other: Store
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
    other = await database.openStore(url)
  })
  const users = async () => (await database.sql(url, 'select id from users')).length

  /** What a first sign-in does: recognise the person, or write them down. */
  async function recognise(tables: Tables, subject: string): Promise<string> {
    const known = await tables.identities.find(github(subject))
    return known ? known.userId : (await addPerson(tables, subject)).user.id
  }

  test('ID-17 many first sign-ins of one person at once, on two instances, make one user', async () => {
    const subject = randomToken()
    const earlier = await users()
    const ids = await Promise.all(
      Array.from({ length: 16 }, (_, turn) =>
        (turn % 2 ? store : other).transaction(tables => recognise(tables, subject)),
      ),
    )
    assert.equal(new Set(ids).size, 1)
    assert.equal(await users(), earlier + 1)
  })

  test('ID-17 a lost race for a unique row runs the work once more, in a new transaction', async () => {
    const subject = randomToken()
    const winner = await addPerson(store, subject)
    const earlier = await users()
    let runs = 0
    const id = await store.transaction(async tables => {
      // The first look was before the winner wrote.
      if (++runs > 1) return await recognise(tables, subject)
      return (await addPerson(tables, subject)).user.id
    })
    assert.deepEqual([id, runs, await users()], [winner.user.id, 2, earlier])
  })

  test('work that loses its race three times is given up', async () => {
    const subject = randomToken()
    await addPerson(store, subject)
    let runs = 0
    const doomed = store.transaction(async tables => {
      runs++
      await addPerson(tables, subject)
    })
    await assert.rejects(doomed, { name: 'StoreError', code: 'store_unavailable' })
    assert.equal(runs, 3)
  })

  test('ID-18 a user whose identity fails is not written', async () => {
    const earlier = await users()
    const failing = store.transaction(async tables => {
      await tables.users.create(ada, NOW)
      await tables.identities.create('nobody', github(randomToken()), adaAtGithub, NOW)
    })
    await assert.rejects(failing, StoreError)
    assert.equal(await users(), earlier)
  })

  test('what work throws of its own comes out unchanged, and nothing remains', async () => {
    const earlier = await users()
    for (const thrown of [new Error('not admitted'), 'a string', undefined]) {
      const failing = store.transaction(async tables => {
        await tables.users.create(ada, NOW)
        throw thrown
      })
      assert.equal(
        await failing.then(
          () => 'no error',
          error => error,
        ),
        thrown,
      )
    }
    assert.equal(await users(), earlier)
  })

  test('a failed query cannot be swallowed inside a transaction', async () => {
    const earlier = await users()
    const swallowing = store.transaction(async tables => {
      await tables.users.create(ada, NOW)
      await tables.identities.create('nobody', github(randomToken()), adaAtGithub, NOW).catch(() => {})
    })
    await assert.rejects(swallowing, StoreError)
    assert.equal(await users(), earlier)
  })

  test('a transaction hands back what its work returns', async () => {
    assert.equal(await store.transaction(async () => 7), 7)
  })

  test('a transaction waits for one on another instance without stopping it', async () => {
    const order: string[] = []
    let second: Promise<void> | undefined
    await store.transaction(async tables => {
      await addPerson(tables, 'slow')
      second = other.transaction(tables => recognise(tables, 'slow')).then(() => void order.push('second'))
      await new Promise(resolve => setTimeout(resolve, 50))
      order.push('first')
    })
    await second
    assert.deepEqual(order, ['first', 'second'])
  })
})
