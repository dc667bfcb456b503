import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { createKeyring, type Sealer } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { createStore } from '../../src/store/store.js'
import type { Store } from '../../src/store/types.js'
import { type Postgres, startPostgres } from '../support/postgres.js'
import { type Row, runSql } from '../support/sql.js'

/** One of the two databases that every rule of the store is held against. */
export interface TestDatabase {
  kind: 'SQLite' | 'PostgreSQL'
  /** The `DATABASE_URL` of a new, empty database. */
  freshUrl(): Promise<string>
  /** A store, closed when the suite ends; without a URL over a new database with all tables. */
  openStore(url?: string, sealer?: Sealer): Promise<Store>
  /** Runs a statement past the store. */
  sql(url: string, statement: string): Promise<Row[]>
}

/** A sealer with a key of its own. */
export const newSealer = (): Sealer => createKeyring([randomToken()]).sealer('provider-token')

/** Runs a suite on a real SQLite file and on a real PostgreSQL. */
export function onBothDatabases(suite: (database: TestDatabase) => void): void {
  describe('SQLite', () => suite(withStores(sqliteFiles())))
  describe('PostgreSQL', () => suite(withStores(postgresDatabases())))
}

type Source = Omit<TestDatabase, 'openStore'>

function withStores(source: Source): TestDatabase {
  const stores: Store[] = []
  after(async () => {
    await Promise.all(stores.map(store => store.close()))
  })

  return {
    ...source,
    async openStore(url, sealer = newSealer()) {
      const store = createStore(url ?? (await source.freshUrl()), sealer)
      stores.push(store)
      if (url === undefined) await store.migrate()
      return store
    },
  }
}

function sqliteFiles(): Source {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-store-'))
  let count = 0
  after(() => rmSync(folder, { recursive: true }))

  return {
    kind: 'SQLite',
    freshUrl: async () => `sqlite:${join(folder, `${++count}.db`)}`,
    sql: runSql,
  }
}

function postgresDatabases(): Source {
  let server: Postgres | undefined
  before(async () => {
    server = await startPostgres()
  })
  after(() => server?.stop())

  return {
    kind: 'PostgreSQL',
    async freshUrl() {
      if (!server) throw new Error('PostgreSQL has not been started')
      return await server.freshDatabase()
    },
    sql: runSql,
  }
}
