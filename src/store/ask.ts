import { setTimeout as wait } from 'node:timers/promises'
import type { Knex } from 'knex'
import { driverCode, StoreError } from './errors.js'

// SQLite's own busy timeout would stop the event loop, and with it the transaction that is being waited for.
const BUSY_PAUSE = 10
const BUSY_TRIES = 500

/**
 * Asks the database, and waits about five seconds for an SQLite file that another connection is writing.
 * @throws StoreError for whatever goes wrong
 */
export async function ask<T>(query: () => PromiseLike<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await query()
    } catch (error) {
      if (error instanceof StoreError) throw error
      const code = driverCode(error)
      if (!code.startsWith('SQLITE_BUSY') || tries === BUSY_TRIES) throw new StoreError(code)
    }
    await wait(BUSY_PAUSE)
  }
}

type Values = readonly (string | number | boolean | null)[]

/**
 * Asks in SQL written out, and answers with its rows. For what every sign-in asks: knex takes longer to put such a
 * statement together than SQLite to run it. It has to be the SQL of both databases.
 * @param name PostgreSQL plans a statement with a name once a connection
 */
export async function askFor<Row>(db: Knex, sql: string, values: Values, name?: string): Promise<Row[]> {
  const query = () => (name ? db.raw(sql, values).options({ name }) : db.raw(sql, values))
  const answer: unknown = await ask<unknown>(query)
  if (Array.isArray(answer)) return answer
  // SQLite tells of a statement without rows how many it changed.
  return (answer as { rows?: Row[] }).rows ?? []
}
