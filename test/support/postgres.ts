import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { launchPostgres } from './postgres-server.js'

export interface Postgres {
  /** The server's own database: a `postgres://` URL that may create others. */
  url: string
  /** The URL of a new, empty database, which is dropped at `stop`. */
  freshDatabase(): Promise<string>
  stop(): Promise<void>
}

/** A real PostgreSQL: the server at `TEST_DATABASE_URL`, which is left running, or one of its own for this process. */
export async function startPostgres(): Promise<Postgres> {
  const given = process.env.TEST_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await launchPostgres()
  const names: string[] = []

  return {
    url: server.url,
    async freshDatabase() {
      const name = `vestibule_test_${randomBytes(6).toString('hex')}`
      await runSql(server.url, `create database ${name}`)
      names.push(name)
      const url = new URL(server.url)
      url.pathname = name
      return url.href
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
