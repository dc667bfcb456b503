import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
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

interface Source extends Omit<TestDatabase, 'openStore'> {
  /** The `DATABASE_URL` of a new database with all tables. */
  migratedUrl(): Promise<string>
}

function withStores(source: Source): TestDatabase {
  const stores: Store[] = []
  after(async () => {
    await Promise.all(stores.map(store => store.close()))
  })

  return {
    ...source,
    async openStore(url, sealer = newSealer()) {
      const store = createStore(url ?? (await source.migratedUrl()), sealer)
      stores.push(store)
      return store
    },
  }
}

function sqliteFiles(): Source {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-store-'))
  let count = 0
  const fresh = () => join(folder, `${++count}.db`)
  let migrated: Promise<string> | undefined
  after(() => rmSync(folder, { recursive: true }))

  return {
    kind: 'SQLite',
    freshUrl: async () => `sqlite:${fresh()}`,
    async migratedUrl() {
      migrated ??= migrate(fresh())
      const copy = fresh()
      copyFileSync(await migrated, copy)
      return `sqlite:${copy}`
    },
    sql: runSql,
  }
}

async function migrate(file: string): Promise<string> {
  const store = createStore(`sqlite:${file}`, newSealer())
  await store.migrate()
  await store.close()
  return file
}

function postgresDatabases(): Source {
  let started: Postgres | undefined
  const server = () => started ?? assert.fail('PostgreSQL has not been started')
  before(async () => {
    started = await startPostgres()
  })
  after(() => started?.stop())

  return {
    kind: 'PostgreSQL',
    freshUrl: () => server().freshDatabase(),
    migratedUrl: () => server().migratedDatabase(),
    sql: runSql,
  }
}
