import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { createStore } from '../../src/store/store.js'
import { launchPostgres } from './postgres-server.js'

export interface Postgres {
  /** The server's own database: a `postgres://` URL that may create others. */
  url: string
  /** The URL of a new, empty database, which is dropped at `stop`. */
  freshDatabase(): Promise<string>
  /** The URL of a new database with all tables, a copy of one that this process has migrated. */
  migratedDatabase(): Promise<string>
  stop(): Promise<void>
}

/** A real PostgreSQL: the server at `TEST_DATABASE_URL`, which is left running, or one of its own for this process. */
export async function startPostgres(): Promise<Postgres> {
  const given = process.env.TEST_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await launchPostgres()
  const names: string[] = []
  let template: Promise<string> | undefined

  async function create(more = ''): Promise<string> {
    const name = `vestibule_test_${randomBytes(6).toString('hex')}`
    await runSql(server.url, `create database ${name}${more}`)
    names.push(name)
    const url = new URL(server.url)
    url.pathname = name
    return url.href
  }

  async function createTemplate(): Promise<string> {
    const url = await create()
    const store = createStore(url, createKeyring([randomToken()]).sealer('provider-token'))
    await store.migrate()
    await store.close()
    return new URL(url).pathname.slice(1)
  }

  return {
    url: server.url,
    freshDatabase: () => create(),
    async migratedDatabase() {
      template ??= createTemplate()
      return create(` template ${await template}`)
    },
    async stop() {
      if (given) for (const name of names.splice(0)) await runSql(server.url, `drop database ${name} with (force)`)
      await server.stop()
    },
  }
}

/** Runs one statement past the code under test, on a connection of its own. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
