import { randomId } from '../../src/crypto/random.js'
import type { StoredTokens, TokenStore } from '../../src/store/types.js'
import type { OpenedTokenStore } from './token-store-contract.js'

/** A token store that somebody else might have made: it knows neither our tables nor our seals. */
export function createMemoryTokens(): TokenStore {
  const saved = new Map<string, StoredTokens>()
  return {
    async load(id) {
      const found = saved.get(id)
      return found && { ...found }
    },
    async save(id, tokens) {
      saved.set(id, { ...tokens })
    },
    async remove(id) {
      saved.delete(id)
    },
  }
}

export const openMemoryTokens = (): OpenedTokenStore => ({ tokens: createMemoryTokens(), newIdentity: randomId })
