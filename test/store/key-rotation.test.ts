import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { randomToken } from '../../src/crypto/random.js'
import { keysInUse, rotateKeys } from '../../src/store/key-rotation.js'
import type { Store } from '../../src/store/types.js'
import { onBothDatabases } from './both-databases.js'
import { addIdTokens, addTokens, sealerOf, tokensOf } from './sample-tokens.js'
import { addPerson, NOW, sessionOf } from './sample-users.js'

const [fresh, old, gone] = [randomToken(), randomToken(), randomToken()]
const idOf = (key: string) => sealerOf(key).keyIds[0]

onBothDatabases(database => {
  let url: string
  /** An app of yesterday, and one of today. */
  let before: Store
  let store: Store
  beforeEach(async () => {
    url = await database.freshUrl()
    before = await database.openStore(url, sealerOf(old))
    await before.migrate()
    store = await database.openStore(url, sealerOf(fresh, old))
  })

  const quietly = { stop: new AbortController().signal, progress: () => {} }

  /** The store, with something that happens before each of its transactions. */
  const disturbed = (happen: () => unknown): Store => ({
    ...store,
    async transaction(work) {
      await happen()
      return await store.transaction(work)
    },
  })

  test('after a rotation an app with the newest key alone opens every row', async () => {
    const ids = await addTokens(before, 400)
    let transactions = 0
    const steps: number[][] = []
    const counting = disturbed(() => transactions++)
    const progress = (...step: number[]) => void steps.push(step)
    const rotation = await rotateKeys(counting, { ...quietly, progress })
    assert.deepEqual(rotation, { rows: 400, resealed: 400, unopened: 0, stopped: false })
    assert.equal(transactions, 4)
    assert.deepEqual(
      steps,
      [0, 100, 200, 300, 400].map(done => [done, 400]),
    )
    const later = await database.openStore(url, sealerOf(fresh))
    for (const id of ids) assert.deepEqual(await later.tokens.load(id), tokensOf(id))
    assert.deepEqual(await keysInUse(later), [{ keyId: idOf(fresh), key: 'newest', rows: 400 }])
  })

  test('a rotation goes through the ID tokens of sessions too, those of batches that hold both kinds as well', async () => {
    const ids = await addTokens(before, 150)
    const sessions = await addIdTokens(before, 150)
    await before.sessions.insert(sessionOf(await addPerson(before)))
    assert.deepEqual(await keysInUse(store), [{ keyId: idOf(old), key: 'older', rows: 300 }])
    assert.deepEqual(await rotateKeys(store, quietly), { rows: 300, resealed: 300, unopened: 0, stopped: false })
    const later = await database.openStore(url, sealerOf(fresh))
    for (const id of ids) assert.deepEqual(await later.tokens.load(id), tokensOf(id))
    for (const handle of sessions) assert.equal(await later.sessions.loadIdToken(handle), `ID token of ${handle}`)
    assert.deepEqual(await keysInUse(later), [{ keyId: idOf(fresh), key: 'newest', rows: 300 }])
  })

  test('sessions that end while a rotation runs stay ended, and it goes on with the others', async () => {
    const [gone = '', ...others] = await addIdTokens(before, 3)
    let ended = 0
    const racing = disturbed(async () => {
      if (ended++ === 0) await before.sessions.remove(gone)
    })
    assert.deepEqual(await rotateKeys(racing, quietly), { rows: 2, resealed: 2, unopened: 0, stopped: false })
    assert.equal(await store.sessions.find(gone), undefined)
    const later = await database.openStore(url, sealerOf(fresh))
    for (const handle of others) assert.equal(await later.sessions.loadIdToken(handle), `ID token of ${handle}`)
  })

  test('ID tokens that do not open are counted and left, and their sessions live', async () => {
    const [lost = ''] = await addIdTokens(await database.openStore(url, sealerOf(gone)), 1)
    const [damaged = ''] = await addIdTokens(before, 2)
    await database.sql(url, `update sessions set id_token = 'clear' where handle_hash = '${damaged}'`)
    assert.deepEqual(await rotateKeys(store, quietly), { rows: 3, resealed: 1, unopened: 2, stopped: false })
    const restored = await database.openStore(url, sealerOf(fresh, gone))
    assert.equal(await restored.sessions.loadIdToken(lost), `ID token of ${lost}`)
    assert.ok(await store.sessions.find(damaged))
  })

  test('what lies under the newest key already is not written again', async () => {
    await addTokens(store, 3)
    const rows = () => database.sql(url, 'select * from provider_tokens order by identity_id')
    const earlier = await rows()
    const none = disturbed(() => assert.fail('nothing is to do'))
    assert.deepEqual(await rotateKeys(none, quietly), { rows: 3, resealed: 0, unopened: 0, stopped: false })
    assert.deepEqual(await rows(), earlier)
  })

  test('a rotation that is stopped ends with its batch, and the next one does the rest', async () => {
    await addTokens(before, 240)
    const stop = new AbortController()
    const first = await rotateKeys(
      disturbed(() => stop.abort()),
      { ...quietly, stop: stop.signal },
    )
    assert.deepEqual(first, { rows: 100, resealed: 100, unopened: 0, stopped: true })
    assert.deepEqual(await rotateKeys(store, quietly), { rows: 240, resealed: 140, unopened: 0, stopped: false })
  })

  test('a rotation hears what happens outside after each batch, however fast its database is', async () => {
    await addTokens(before, 240)
    const stop = new AbortController()
    const progress = (done: number) => void (done === 100 && setImmediate(() => stop.abort()))
    const { rows, stopped } = await rotateKeys(store, { stop: stop.signal, progress })
    assert.deepEqual([rows, stopped], [100, true])
  })

  test('a rotation told to stop in its last batch is done all the same', async () => {
    await addTokens(before, 3)
    const stop = new AbortController()
    const last = await rotateKeys(
      disturbed(() => stop.abort()),
      { ...quietly, stop: stop.signal },
    )
    assert.deepEqual(last, { rows: 3, resealed: 3, unopened: 0, stopped: false })
  })

  for (const [app, keys, resealed] of [
    ['restarted with the new key', [fresh, old], 2],
    ['that does not know the new key', [old], 3],
  ] as const) {
    test(`tokens saved meanwhile by an app ${app} stay, and end under the newest key`, async () => {
      const ids = await addTokens(before, 3)
      const running = await database.openStore(url, sealerOf(...keys))
      let saved = 0
      const racing = disturbed(async () => {
        if (saved++ === 0) await running.tokens.save(ids[1] ?? '', tokensOf('today'), NOW + 1)
      })
      const rotation = await rotateKeys(racing, quietly)
      assert.deepEqual(rotation, { rows: 3, resealed, unopened: 0, stopped: false })
      const later = await database.openStore(url, sealerOf(fresh))
      assert.deepEqual(await later.tokens.load(ids[0] ?? ''), tokensOf(ids[0] ?? ''))
      assert.deepEqual(await later.tokens.load(ids[1] ?? ''), tokensOf('today'))
    })
  }

  test('two rotations at once do the work once', async () => {
    const ids = await addTokens(before, 240)
    const other = await database.openStore(url, sealerOf(fresh, old))
    const both = await Promise.all([rotateKeys(store, quietly), rotateKeys(other, quietly)])
    assert.equal(both[0].resealed + both[1].resealed, 240)
    const later = await database.openStore(url, sealerOf(fresh))
    for (const id of ids) assert.deepEqual(await later.tokens.load(id), tokensOf(id))
  })

  test('rows that do not open are counted once and left for the day their key comes back', async () => {
    const lost = await addTokens(await database.openStore(url, sealerOf(gone)), 2)
    const damaged = await addTokens(before, 1)
    const others = await addTokens(before, 3)
    await addTokens(store, 4)
    await database.sql(
      url,
      `update provider_tokens set refresh_token = access_token where identity_id = '${damaged[0]}'`,
    )
    assert.deepEqual(await keysInUse(store), [
      { keyId: idOf(fresh), key: 'newest', rows: 4 },
      { keyId: idOf(old), key: 'older', rows: 4 },
      { keyId: idOf(gone), key: 'unknown', rows: 2 },
    ])
    // A row saved meanwhile has the batch read twice.
    let batches = 0
    const racing = disturbed(async () => {
      if (batches++ === 0) await before.tokens.save(others[0] ?? '', tokensOf('today'), NOW + 1)
    })
    assert.deepEqual(await rotateKeys(racing, quietly), { rows: 10, resealed: 3, unopened: 3, stopped: false })
    const restored = await database.openStore(url, sealerOf(fresh, old, gone))
    for (const id of lost) assert.deepEqual(await restored.tokens.load(id), tokensOf(id))
  })
})
