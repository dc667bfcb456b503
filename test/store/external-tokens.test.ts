import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { withExternalTokens } from '../../src/store/external-tokens.js'
import type { Store, TokenStore } from '../../src/store/types.js'
import { onBothDatabases } from './both-databases.js'
import { createMemoryTokens } from './memory-tokens.js'
import { tokensOf } from './sample-tokens.js'
import { adaAtGithub, addPerson, github, NOW, sessionOf } from './sample-users.js'
import { tokenStoreContract } from './token-store-contract.js'

onBothDatabases(database => {
  let url: string
  let own: Store
  let theirs: TokenStore
  let store: Store
  let id: string
  /** What has reached them, in order. */
  let calls: string[]
  beforeEach(async () => {
    url = await database.freshUrl()
    own = await database.openStore(url)
    await own.migrate()
    calls = []
    theirs = heard(createMemoryTokens(), calls)
    store = withExternalTokens(own, theirs)
    id = (await addPerson(store)).identity.id
  })

  test('tokens that somebody else keeps go there at once outside of a transaction, and none lie in our database', async () => {
    await store.tokens.save(id, tokensOf('ada'), NOW)
    assert.deepEqual(await theirs.load(id), tokensOf('ada'))
    assert.deepEqual(await database.sql(url, 'select * from provider_tokens'), [])
    assert.equal(await own.tokens.load(id), undefined)
    assert.equal(await store.sealedRows.count(), 0)
    assert.deepEqual(await store.sealedRows.read(undefined, 9), [])
    await store.tokens.remove(id)
    assert.equal(await theirs.load(id), undefined)
  })

  test('tokens that somebody else keeps leave the ID tokens of sessions to our own keys', async () => {
    const person = await addPerson(store)
    await store.sessions.insert(sessionOf(person, { idToken: 'header.payload.signature' }))
    assert.equal(await store.sealedRows.count(), 1)
  })

  test('tokens that somebody else keeps wait for the transaction, which sees what it has saved itself', async () => {
    const result = await store.transaction(async tables => {
      const person = await addPerson(tables)
      await tables.tokens.save(person.identity.id, tokensOf('new'), NOW)
      await tables.tokens.save(id, tokensOf('ada'), NOW)
      assert.deepEqual(await tables.tokens.load(id), tokensOf('ada'))
      await tables.tokens.remove(id)
      assert.equal(await tables.tokens.load(id), undefined)
      assert.deepEqual(calls, [])
      return person.identity.id
    })
    assert.deepEqual(calls.sort(), [`remove ${id}`, `save ${result}`].sort())
    assert.deepEqual(await theirs.load(result), tokensOf('new'))
  })

  test('tokens that somebody else keeps are loaded at once in a transaction too', async () => {
    await theirs.save(id, tokensOf('ada'), NOW)
    assert.deepEqual(await store.transaction(({ tokens }) => tokens.load(id)), tokensOf('ada'))
  })

  test('tokens that somebody else keeps stay as they were where a transaction fails', async () => {
    await theirs.save(id, tokensOf('ada'), NOW)
    calls.length = 0
    const failing = store.transaction(async ({ tokens }) => {
      await tokens.save(id, tokensOf('eve'), NOW)
      throw new Error('not admitted')
    })
    await assert.rejects(failing, /not admitted/)
    const swallowing = store.transaction(async ({ tokens, identities }) => {
      await tokens.remove(id)
      await identities.create('nobody', github('1'), adaAtGithub, NOW).catch(() => {})
    })
    await assert.rejects(swallowing, { name: 'StoreError' })
    assert.deepEqual(calls, [])
    assert.deepEqual(await theirs.load(id), tokensOf('ada'))
  })

  test('tokens that somebody else keeps of a transaction that lost its race are those of the run that won', async () => {
    const subject = `of ${id}`
    await addPerson(store, subject)
    const other = (await addPerson(store)).identity.id
    let runs = 0
    await store.transaction(async tables => {
      if (++runs > 1) return await tables.tokens.save(id, tokensOf('second run'), NOW)
      await tables.tokens.save(other, tokensOf('first run'), NOW)
      await addPerson(tables, subject)
    })
    assert.deepEqual([runs, calls], [2, [`save ${id}`]])
  })

  test('tokens that somebody else keeps that cannot be saved fail aloud, after everything that could be', async () => {
    const failing: TokenStore = {
      ...theirs,
      save: (identity, ...rest) =>
        identity === id ? Promise.reject(new Error('out of order')) : theirs.save(identity, ...rest),
    }
    const reached = (await addPerson(store)).identity.id
    const saving = withExternalTokens(own, failing).transaction(async ({ tokens }) => {
      await tokens.save(id, tokensOf('one'), NOW)
      await tokens.save(reached, tokensOf('two'), NOW)
    })
    await assert.rejects(saving, /out of order/)
    assert.deepEqual(await theirs.load(reached), tokensOf('two'))
  })

  tokenStoreContract('inside a transaction, tokens that somebody else keeps', () => ({
    tokens: {
      load: identity => store.transaction(({ tokens }) => tokens.load(identity)),
      save: (...given) => store.transaction(({ tokens }) => tokens.save(...given)),
      remove: identity => store.transaction(({ tokens }) => tokens.remove(identity)),
    },
    newIdentity: async () => (await addPerson(store)).identity.id,
  }))
})

/** The same store; what changes it is noted. */
const heard = (tokens: TokenStore, calls: string[]): TokenStore => ({
  load: tokens.load,
  async save(id, ...rest) {
    calls.push(`save ${id}`)
    await tokens.save(id, ...rest)
  },
  async remove(id) {
    calls.push(`remove ${id}`)
    await tokens.remove(id)
  },
})
