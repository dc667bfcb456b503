import type { Store, Tables } from '../../src/store/types.js'

/** Told of each step before it is taken and after it was. */
export type Passing = (point: string) => void

/** A store that tells of every query, and of those of a transaction too: `before users.create`, `after users.create`. */
export function watchedStore(store: Store, pass: Passing): Store {
  const transaction: Store['transaction'] = async work => {
    pass('before transaction')
    const result = await store.transaction(tables => work(watchedTables(tables, pass)))
    pass('after transaction')
    return result
  }
  return { ...store, ...watchedTables(store, pass), transaction }
}

const watchedTables = (tables: Tables, pass: Passing): Tables => ({
  users: watched('users', tables.users, pass),
  identities: watched('identities', tables.identities, pass),
  identityMoves: watched('identityMoves', tables.identityMoves, pass),
  tokens: watched('tokens', tables.tokens, pass),
  sealedRows: watched('sealedRows', tables.sealedRows, pass),
  sessions: watched('sessions', tables.sessions, pass),
  usedAttempts: watched('usedAttempts', tables.usedAttempts, pass),
  usedLogoutTokens: watched('usedLogoutTokens', tables.usedLogoutTokens, pass),
  roles: watched('roles', tables.roles, pass),
  events: watched('events', tables.events, pass),
})

function watched<Table extends object>(name: string, table: Table, pass: Passing): Table {
  return new Proxy(table, {
    get(target, query) {
      const ask: unknown = Reflect.get(target, query)
      if (typeof ask !== 'function') return ask
      return async (...given: unknown[]) => {
        pass(`before ${name}.${String(query)}`)
        const response: unknown = await Reflect.apply(ask, target, given)
        pass(`after ${name}.${String(query)}`)
        return response
      }
    },
  })
}
