import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StoredTokens, TokenStore } from '../../src/store/types.js'
import { onBothDatabases } from './both-databases.js'
import { createMemoryTokens, openMemoryTokens } from './memory-tokens.js'
import { addPerson } from './sample-users.js'
import { assertRule, tokenStoreContract, tokenStoreRules } from './token-store-contract.js'

onBothDatabases(database => {
  tokenStoreContract('the sealed store in SQL', async () => {
    const store = await database.openStore()
    return { tokens: store.tokens, newIdentity: async () => (await addPerson(store)).identity.id }
  })
})

tokenStoreContract('a store in memory', openMemoryTokens)

/** Ways to get it wrong, and which rules see them. */
const BROKEN: Record<string, [change: (good: TokenStore) => Partial<TokenStore>, broken: RegExp[]]> = {
  'that keeps an old refresh token': [
    good => ({
      async save(id, tokens, now) {
        const refreshToken = tokens.refreshToken ?? (await good.load(id))?.refreshToken
        await good.save(id, { ...tokens, refreshToken }, now)
      },
    }),
    [/every field/, /replaces the whole/],
  ],
  'that forgets when a refresh token ends': [
    good => ({ save: (id, tokens, now) => good.save(id, { ...tokens, refreshExpiresAt: undefined }, now) }),
    [/every field/, /no character/, /nothing to do with/, /belongs to the caller/, /many saves/],
  ],
  'that cuts long tokens': [
    good => ({
      save: (id, tokens, now) => good.save(id, { ...tokens, accessToken: tokens.accessToken.slice(0, 4000) }, now),
    }),
    [/no character/],
  ],
  'that removes nothing': [() => ({ remove: async () => {} }), [/removed tokens/, /no harm/]],
  'that cannot remove what is not there': [
    good => ({
      async remove(id) {
        assert.ok(await good.load(id))
        await good.remove(id)
      },
    }),
    [/no harm/],
  ],
  'that has one drawer for everybody': [
    good => ({
      load: () => good.load('all'),
      save: (_, tokens, now) => good.save('all', tokens, now),
      remove: () => good.remove('all'),
    }),
    [/nothing to do with/],
  ],
  'that fails where there is nothing to load': [
    good => ({
      async load(id) {
        const found = await good.load(id)
        assert.ok(found)
        return found
      },
    }),
    [/nothing was saved for/, /removed tokens/, /no harm/, /nothing to do with/],
  ],
  'that hands out what it keeps': [
    () => {
      const saved = new Map<string, StoredTokens>()
      return {
        load: async id => saved.get(id),
        save: async (id, tokens) => void saved.set(id, tokens),
        remove: async id => void saved.delete(id),
      }
    },
    [/belongs to the caller/],
  ],
  'that writes a row in two steps': [
    good => ({
      async save(id, tokens, now) {
        const turn = Number(/\d+$/.exec(tokens.accessToken)?.[0] ?? 0)
        await good.save(id, { ...(await good.load(id)), ...tokens }, now)
        for (let wait = 0; wait < 100 - turn; wait++) await Promise.resolve()
        const half = await good.load(id)
        if (half) await good.save(id, { ...half, refreshToken: tokens.refreshToken }, now)
      },
    }),
    [/many saves/],
  ],
}

describe('the contract sees a store', () => {
  for (const [fault, [change, broken]] of Object.entries(BROKEN)) {
    test(fault, async () => {
      const seen: string[] = []
      for (const rule of tokenStoreRules) {
        const good = createMemoryTokens()
        const opened = { ...openMemoryTokens(), tokens: { ...good, ...change(good) } }
        await assertRule(rule, opened).catch(() => seen.push(rule))
      }
      assert.equal(seen.length, broken.length, seen.join('; '))
      for (const [at, rule] of broken.entries()) assert.match(seen[at] ?? '', rule)
    })
  }
})
