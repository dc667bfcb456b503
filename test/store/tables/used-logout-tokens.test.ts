import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Store } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { NOW } from '../sample-users.js'

onBothDatabases(database => {
  let store: Store
  let other: Store
  before(async () => {
    const url = await database.freshUrl()
    store = await database.openStore(url)
    await store.migrate()
    other = await database.openStore(url)
  })

  test('a logout token is used once', async () => {
    assert.equal(await store.usedLogoutTokens.markUsed('once', NOW), true)
    assert.equal(await store.usedLogoutTokens.markUsed('once', NOW + 1), false)
  })

  test('of many who use a logout token at once, on two instances, exactly one hears true', async () => {
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => (turn % 2 ? store : other).usedLogoutTokens.markUsed('race', NOW)),
    )
    assert.equal(responses.filter(Boolean).length, 1)
  })

  test('marks of tokens that are over are removed a batch at a time, to the millisecond', async () => {
    await store.usedLogoutTokens.removeExpired(NOW * 2, 1000)
    for (const name of ['one', 'two', 'three']) await store.usedLogoutTokens.markUsed(name, NOW)
    await store.usedLogoutTokens.markUsed('lasting', NOW + 1)
    const removed = []
    for (let batch = 0; batch < 3; batch++) removed.push(await store.usedLogoutTokens.removeExpired(NOW, 2))
    assert.deepEqual(removed, [2, 1, 0])
    assert.equal(await store.usedLogoutTokens.markUsed('lasting', NOW), false)
  })
})
