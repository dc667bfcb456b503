import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import type { Store, StoredTokens } from '../../src/store/types.js'
import { newSealer, onBothDatabases } from './both-databases.js'
import { addPerson, NOW } from './people.js'

const tokens: StoredTokens = {
  accessToken: 'access-token-of-ada',
  refreshToken: 'refresh-token-of-ada',
  tokenType: 'bearer',
  scope: 'read:user',
  expiresAt: NOW + 3_600_000,
}
const bare = { accessToken: 'a', refreshToken: undefined, tokenType: 'bearer', scope: undefined, expiresAt: undefined }

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

  test('saving again replaces everything, the refresh token too', async () => {
    await store.tokens.save(id, tokens, NOW)
    await store.tokens.save(id, bare, NOW)
    assert.deepEqual(await store.tokens.load(id), bare)
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

  test('a token row copied to another identity does not open', async () => {
    await store.tokens.save(id, tokens, NOW)
    const other = (await addPerson(store)).identity.id
    await store.tokens.save(other, bare, NOW)
    await database.sql(
      url,
      `update provider_tokens set access_token = (select access_token from provider_tokens where identity_id = '${id}')
       where identity_id = '${other}'`,
    )
    assert.equal(await store.tokens.load(other), undefined)
    assert.deepEqual(await store.tokens.load(id), tokens)
  })

  test('a refresh token does not open as an access token', async () => {
    await store.tokens.save(id, tokens, NOW)
    await database.sql(url, `update provider_tokens set access_token = refresh_token where identity_id = '${id}'`)
    assert.equal(await store.tokens.load(id), undefined)
  })

  test('tokens whose refresh token does not open are no tokens', async () => {
    await store.tokens.save(id, tokens, NOW)
    await database.sql(url, `update provider_tokens set refresh_token = access_token where identity_id = '${id}'`)
    assert.equal(await store.tokens.load(id), undefined)
  })

  test('tokens sealed with a key that has gone are no tokens, and can be saved anew', async () => {
    await store.tokens.save(id, tokens, NOW)
    const later = await database.openStore(url, newSealer())
    assert.equal(await later.tokens.load(id), undefined)
    await later.tokens.save(id, bare, NOW)
    assert.deepEqual(await later.tokens.load(id), bare)
  })
})
