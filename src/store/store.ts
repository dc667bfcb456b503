import type { Sealer } from '../crypto/keys.js'
import { openDatabase } from './database.js'
import { createEvents } from './events.js'
import { createIdentities } from './identities.js'
import { createIdentityMoves } from './identity-moves.js'
import { migrateForward, readSchema } from './migrations.js'
import type { LeaseClock } from './refresh-states.js'
import { createRoles } from './roles.js'
import { createSessions } from './sessions.js'
import { type Sql, sqlOver } from './sql.js'
import { createTokenSeals } from './token-seals.js'
import { createTokens } from './tokens.js'
import { inTransaction } from './transaction.js'
import type { Store, Tables } from './types.js'
import { createUsedAttempts } from './used-attempts.js'
import { createUsedLogoutTokens } from './used-logout-tokens.js'
import { createUsers } from './users.js'
import { createWriteCheck } from './write-check.js'

/**
 * The store over the database of a `DATABASE_URL`; it connects at the first query.
 * @param sealer seals the providers' tokens, ID tokens of sessions too
 * @throws StoreError where an SQLite file cannot be made, and from every method where the database fails
 */
export function createStore(databaseUrl: string, sealer: Sealer): Store {
  const db = openDatabase(databaseUrl)
  const sql = sqlOver(db)
  const isSqlite = databaseUrl.startsWith('sqlite:')
  const tablesOver = (over: Sql) => createTables(over, sealer, isSqlite ? 'caller' : 'server')
  let closed: Promise<void> | undefined

  return {
    ...tablesOver(sql),
    transaction: work => inTransaction(db, inside => work(tablesOver(inside))),
    settle: () => (isSqlite ? emptyLog(sql) : Promise.resolve()),
    migrate: () => migrateForward(db),
    schema: () => readSchema(db),
    checkWritable: createWriteCheck(sql, isSqlite ? 'sqlite' : 'postgres'),
    async ping() {
      await sql('select 1')
    },
    async serverTime() {
      if (isSqlite) return undefined
      const [row] = await sql<{ time: number }>(SERVER_TIME)
      return row?.time
    },
    async latestTime() {
      const [row] = await sql<{ time: number | null }>(LATEST_TIME)
      return row?.time ?? undefined
    },
    close() {
      closed ??= db.destroy()
      return closed
    },
  }
}

const SERVER_TIME = 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as time'
// Each column has an index.
const LATEST_TIME = `select max(time) as time from (
  select max(at) as time from events
  union all select max(seen_at) from sessions
  union all select max(used_at) from used_attempts) as times`

/** Most of it while others write on, and the rest, if nobody is about to, with a moment of its own. */
async function emptyLog(sql: Sql): Promise<void> {
  await sql('pragma wal_checkpoint(passive)')
  await sql('pragma wal_checkpoint(restart)')
}

function createTables(sql: Sql, sealer: Sealer, leaseClock: LeaseClock): Tables {
  return {
    users: createUsers(sql),
    identities: createIdentities(sql, leaseClock),
    identityMoves: createIdentityMoves(sql, leaseClock === 'server'),
    tokens: createTokens(sql, sealer),
    tokenSeals: createTokenSeals(sql, sealer),
    roles: createRoles(sql),
    sessions: createSessions(sql, sealer),
    usedAttempts: createUsedAttempts(sql),
    usedLogoutTokens: createUsedLogoutTokens(sql),
    events: createEvents(sql),
  }
}
