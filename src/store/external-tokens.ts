import type { Store, StoredTokens, Tables, TokenStore } from './types.js'

/** The last save or remove of each identity in a transaction; undefined stands for a remove. */
type PendingWrites = Map<string, { tokens: StoredTokens; now: number } | undefined>

/**
 * The same store, but with a token store from outside. Our transactions do not cover it, and a transaction must not wait
 * for a foreign network. So what a transaction saves and removes waits until it has committed, and is dropped if it
 * fails: a process that dies in between leaves the tokens as they were.
 *
 * Our foreign keys do not cover it either: code that removes an identity or a user also calls `tokens.remove` for each
 * identity, which does no harm in our own store. Loads run at once, also inside a transaction. So the outside store must
 * not use this database, which has one connection.
 * @throws from a transaction what `tokens` throws; by then the transaction itself has committed
 */
export function withExternalTokens(store: Store, tokens: TokenStore): Store {
  return {
    ...store,
    tokens,
    async transaction(work) {
      let pending: PendingWrites = new Map()
      const result = await store.transaction(tables => {
        // A transaction that lost a race runs again from the beginning.
        pending = new Map()
        return work(withTokens(tables, deferredTokens(tokens, pending)))
      })
      await flush(tokens, pending)
      return result
    },
  }
}

const withTokens = (tables: Tables, tokens: TokenStore): Tables => ({ ...tables, tokens })

function deferredTokens(tokens: TokenStore, pending: PendingWrites): TokenStore {
  return {
    load: async id => (pending.has(id) ? pending.get(id)?.tokens : tokens.load(id)),
    async save(id, saved, now) {
      pending.set(id, { tokens: saved, now })
    },
    async remove(id) {
      pending.set(id, undefined)
    },
  }
}

/** Runs all writes, even if one of them fails. */
async function flush(tokens: TokenStore, pending: PendingWrites): Promise<void> {
  const writes = [...pending].map(([id, last]) => (last ? tokens.save(id, last.tokens, last.now) : tokens.remove(id)))
  const failed = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
