import type { Store, StoredTokens, Tables, TokenStore } from './types.js'

/** What the last save or remove of a transaction left: no tokens where they were removed. */
type PendingWrites = Map<string, { tokens: StoredTokens; now: number } | undefined>

/**
 * The store as before, but tokens go to somebody else's. A transaction of ours does not reach there, and nobody else's
 * network belongs inside one: what it saves and removes waits until it has committed, and goes nowhere if it fails. So
 * a process that dies in between leaves the tokens as they were. Neither reach our cascades there: who removes an
 * identity or a user calls `tokens.remove` for each identity too, which is as well for the store of our own. Loads go out
 * at once, also from inside a transaction: whatever is there must not need this database, which has one connection.
 * @throws from a transaction what `tokens` throws; by then the transaction itself has committed
 */
export function withExternalTokens(store: Store, tokens: TokenStore): Store {
  return {
    ...store,
    tokens,
    async transaction(work) {
      let pending: PendingWrites = new Map()
      const result = await store.transaction(tables => {
        // A transaction that lost its race runs again, from the beginning.
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

/** All of them, even where one fails. */
async function flush(tokens: TokenStore, pending: PendingWrites): Promise<void> {
  const writes = [...pending].map(([id, last]) => (last ? tokens.save(id, last.tokens, last.now) : tokens.remove(id)))
  const failed = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
