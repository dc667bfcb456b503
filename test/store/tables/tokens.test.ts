import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import type { Store, StoredTokens } from '../../../src/store/types.js'
import { newSealer, onBothDatabases } from '../both-databases.js'
import { addPerson, NOW } from '../sample-users.js'

const tokens: StoredTokens = {
  accessToken: 'access-token-of-ada',
  tokenSecret: 'secret-token-of-ada',
  refreshToken: 'refresh-token-of-ada',
  tokenType: 'bearer',
  scope: 'read:user',
  expiresAt: NOW + 3_600_000,
  refreshExpiresAt: NOW + 9_600_000,
}
const bare: StoredTokens = {
  ...{ accessToken: 'a', tokenSecret: undefined, refreshToken: undefined },
  ...{ tokenType: 'bearer', scope: undefined, expiresAt: undefined, refreshExpiresAt: undefined },
}
/** Of OAuth 1.0a. */
const pair: StoredTokens = { ...bare, accessToken: 'access-token-of-ada', tokenSecret: 'secret-token-of-ada' }

onBothDatabases(database => {
  const sealer = newSealer()
  let url: string
  let store: Store
  let id: string
  before(async () => {
    url = await database.freshUrl()
    store = await database.openStore(url, sealer)
    await store.migrate()
  })
  beforeEach(async () => {
    id = (await addPerson(store)).identity.id
  })

  test('tokens are loaded as they were saved', async () => {
    await store.tokens.save(id, tokens, NOW)
    assert.deepEqual(await store.tokens.load(id), tokens)
  })

  test('a token and its secret are loaded as they were saved', async () => {
    await store.tokens.save(id, pair, NOW)
    assert.deepEqual(await store.tokens.load(id), pair)
  })

  test('saving again replaces everything, the refresh token and the token secret too', async () => {
    for (const saved of [tokens, bare, pair, bare]) {
      await store.tokens.save(id, saved, NOW)
      assert.deepEqual(await store.tokens.load(id), saved)
    }
  })

  test('an identity without tokens has none, and removed tokens are gone', async () => {
    assert.equal(await store.tokens.load(id), undefined)
    await store.tokens.save(id, tokens, NOW)
    await store.tokens.remove(id)
    assert.equal(await store.tokens.load(id), undefined)
    assert.deepEqual(await database.sql(url, `select * from provider_tokens where identity_id = '${id}'`), [])
  })

  test('the table holds no token', async () => {
    await store.tokens.save(id, tokens, NOW)
    const row = JSON.stringify(await database.sql(url, `select * from provider_tokens where identity_id = '${id}'`))
    assert.ok(row.includes('read:user') && !row.includes('token-of-ada'), row)
  })

  for (const column of ['access_token', 'token_secret', 'refresh_token']) {
    test(`a ${column} copied from another identity makes the row no tokens at all`, async () => {
      await store.tokens.save(id, tokens, NOW)
      const other = (await addPerson(store)).identity.id
      await store.tokens.save(other, tokens, NOW)
      await database.sql(
        url,
        `update provider_tokens set ${column} = (select ${column} from provider_tokens where identity_id = '${id}')
         where identity_id = '${other}'`,
      )
      assert.equal(await store.tokens.load(other), undefined)
      assert.deepEqual(await store.tokens.load(id), tokens)
    })

    test(`a ${column} that was tampered with makes the row no tokens at all`, async () => {
      await store.tokens.save(id, tokens, NOW)
      const [row] = await database.sql(
        url,
        `select ${column} as sealed from provider_tokens where identity_id = '${id}'`,
      )
      const sealed = String(row?.sealed)
      const last = sealed.endsWith('A') ? 'B' : 'A'
      for (const spoilt of ['', 'x', sealed.slice(0, -1), `${sealed.slice(0, -2)}${last}A`, 'secret-token-of-ada']) {
        await store.tokens.save(id, tokens, NOW)
        await database.sql(url, `update provider_tokens set ${column} = '${spoilt}' where identity_id = '${id}'`)
        assert.equal(await store.tokens.load(id), undefined, spoilt)
      }
    })
  }

  for (const [column, other] of [
    ['access_token', 'refresh_token'],
    ['access_token', 'token_secret'],
    ['token_secret', 'access_token'],
    ['token_secret', 'refresh_token'],
    ['refresh_token', 'access_token'],
    ['refresh_token', 'token_secret'],
  ]) {
    test(`a ${other} does not open as ${column}`, async () => {
      await store.tokens.save(id, tokens, NOW)
      await database.sql(url, `update provider_tokens set ${column} = ${other} where identity_id = '${id}'`)
      assert.equal(await store.tokens.load(id), undefined)
    })
  }

  test('tokens sealed with a key that has gone are no tokens, and can be saved anew', async () => {
    await store.tokens.save(id, tokens, NOW)
    const later = await database.openStore(url, newSealer())
    assert.equal(await later.tokens.load(id), undefined)
    await later.tokens.save(id, bare, NOW)
    assert.deepEqual(await later.tokens.load(id), bare)
  })
})
