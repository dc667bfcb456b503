import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import type { SealedRow, Store, StoredTokens } from '../../../src/store/types.js'
import { onBothDatabases } from '../both-databases.js'
import { addTokens, sealerOf, tokensOf } from '../sample-tokens.js'
import { NOW } from '../sample-users.js'

const [fresh, old, older, gone] = [randomToken(), randomToken(), randomToken(), randomToken()]
const COLUMNS = ['access_token', 'token_secret', 'refresh_token']

onBothDatabases(database => {
  let url: string
  /** An app of yesterday, and one of today. */
  let before: Store
  let store: Store
  let id: string
  beforeEach(async () => {
    url = await database.freshUrl()
    before = await database.openStore(url, sealerOf(old))
    await before.migrate()
    store = await database.openStore(url, sealerOf(fresh, old, older))
    id = (await addTokens(before, 1))[0] ?? ''
  })

  const readOne = async (): Promise<SealedRow> => {
    const [row] = await store.sealedRows.read(undefined, 1)
    assert.ok(row)
    return row
  }
  async function reseal(row: SealedRow): Promise<'resealed' | 'unopened' | 'changed'> {
    const anew = store.sealedRows.reseal(row)
    if (anew === undefined) return 'unopened'
    return (await store.sealedRows.replace(row, anew)) ? 'resealed' : 'changed'
  }
  const raw = async () => (await database.sql(url, `select * from provider_tokens where identity_id = '${id}'`))[0]

  const all: StoredTokens = { ...tokensOf('ada'), tokenSecret: 'token secret of ada' }
  const pair: StoredTokens = { ...all, refreshToken: undefined }
  const bare: StoredTokens = { ...tokensOf('ada'), refreshToken: undefined }
  for (const [kind, tokens] of Object.entries({ all, pair, bare })) {
    test(`a row sealed anew has the same tokens, under the newest key alone, and no other change (${kind})`, async () => {
      await before.tokens.save(id, tokens, NOW)
      const earlier = await raw()
      assert.equal(await reseal(await readOne()), 'resealed')
      const later = await raw()
      assert.equal((await readOne()).key, 'newest')
      assert.deepEqual(await (await database.openStore(url, sealerOf(fresh))).tokens.load(id), tokens)
      for (const column of COLUMNS) {
        if (earlier?.[column] === null) assert.equal(later?.[column], null)
        else assert.notEqual(later?.[column], earlier?.[column])
      }
      const rest = Object.keys(earlier ?? {}).filter(column => !COLUMNS.includes(column))
      assert.deepEqual(
        rest.map(column => later?.[column]),
        rest.map(column => earlier?.[column]),
      )
    })
  }

  test('tokens that were saved after a row was read are never overwritten with those that it had', async () => {
    for (const app of [before, store]) {
      const row = await readOne()
      await app.tokens.save(id, all, NOW + 1)
      assert.equal(await reseal(row), 'changed')
      assert.deepEqual(await store.tokens.load(id), all)
    }
  })

  for (const column of COLUMNS) {
    test(`a row of which only the ${column} was written meanwhile is left alone`, async () => {
      await before.tokens.save(id, all, NOW)
      const row = await readOne()
      await database.sql(url, `update provider_tokens set ${column} = 'another' where identity_id = '${id}'`)
      const earlier = await raw()
      assert.equal(await reseal(row), 'changed')
      assert.deepEqual(await raw(), earlier)
    })

    test(`a row of which only the ${column} lies under an older key is not under the newest`, async () => {
      await store.tokens.save(id, all, NOW)
      const newest = await raw()
      await before.tokens.save(id, all, NOW)
      const others = COLUMNS.filter(other => other !== column).map(other => `${other} = '${newest?.[other]}'`)
      await database.sql(url, `update provider_tokens set ${others.join(', ')} where identity_id = '${id}'`)
      const { key, keyId } = await readOne()
      assert.deepEqual([key, keyId], ['older', sealerOf(old).keyIds[0]])
    })
  }

  test('a row that was removed after it was read does not come back', async () => {
    const row = await readOne()
    await before.tokens.remove(id)
    assert.equal(await reseal(row), 'changed')
    assert.equal(await store.sealedRows.count(), 0)
  })

  test('a row that does not open is left as it is', async () => {
    await (await database.openStore(url, sealerOf(gone))).tokens.save(id, all, NOW)
    const earlier = await raw()
    const row = await readOne()
    assert.deepEqual([row.key, row.keyId], ['unknown', sealerOf(gone).keyIds[0]])
    assert.equal(await reseal(row), 'unopened')
    assert.deepEqual(await raw(), earlier)
  })

  test('a value that names no key lies under an unknown one', async () => {
    await database.sql(url, `update provider_tokens set access_token = 'clear' where identity_id = '${id}'`)
    const { key, keyId } = await readOne()
    assert.deepEqual([key, keyId], ['unknown', ''])
  })

  test('pages of rows hold each row once', async () => {
    const ids = [...(await addTokens(before, 6)), id]
    const seen: string[] = []
    for (let rows = await store.sealedRows.read(undefined, 3); rows.length > 0; ) {
      seen.push(...rows.map(({ row }) => row))
      rows = await store.sealedRows.read(rows.at(-1), 3)
    }
    assert.deepEqual(seen.toSorted(), ids.toSorted())
    assert.equal(await store.sealedRows.count(), 7)
  })
})
