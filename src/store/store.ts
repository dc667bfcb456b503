import type { Sealer } from '../crypto/keys.js'
import { openDatabase } from './db/database.js'
import { migrateLatest, readSchema } from './db/migrations.js'
import { createWriteCheck } from './db/ready-check.js'
import { createSql, type Sql } from './db/sql.js'
import { inTransaction } from './db/transaction.js'
import { createEventTable } from './tables/events.js'
import { createIdentityTable, createRoleTable } from './tables/identities.js'
import { createIdentityMoves } from './tables/identity-moves.js'
import type { LeaseClock } from './tables/refresh-leases.js'
import { createSealedRows } from './tables/sealed-rows.js'
import { createSessionTable } from './tables/sessions.js'
import { createTokenTable } from './tables/tokens.js'
import { createUsedAttemptTable, createUsedLogoutTokenTable } from './tables/used-once.js'
import { createUserTable } from './tables/users.js'
import type { Store, Tables } from './types.js'

/**
 * The store over the database of a `DATABASE_URL`; it connects at the first query.
 * @param sealer seals the providers' tokens, and the ID tokens of sessions
 * @throws StoreError if an SQLite file cannot be created; every method throws it if the database fails
 */
export function createStore(databaseUrl: string, sealer: Sealer): Store {
  const db = openDatabase(databaseUrl)
  const sql = createSql(db)
  const isSqlite = databaseUrl.startsWith('sqlite:')
  const createTablesOn = (tablesSql: Sql) => createTables(tablesSql, sealer, isSqlite ? 'caller' : 'server')
  let closed: Promise<void> | undefined

  return {
    ...createTablesOn(sql),
    transaction: work => inTransaction(db, transactionSql => work(createTablesOn(transactionSql))),
    checkpoint: () => (isSqlite ? checkpointLog(sql) : Promise.resolve()),
    migrate: () => migrateLatest(db),
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
// The database has an index for each of these columns.
const LATEST_TIME = `select max(time) as time from (
  select max(at) as time from events
  union all select max(seen_at) from sessions
  union all select max(used_at) from used_attempts) as times`

/** The passive checkpoint moves most of the log while others write; the second one moves the rest if no one is writing. */
async function checkpointLog(sql: Sql): Promise<void> {
  await sql('pragma wal_checkpoint(passive)')
  await sql('pragma wal_checkpoint(restart)')
}

function createTables(sql: Sql, sealer: Sealer, leaseClock: LeaseClock): Tables {
  return {
    users: createUserTable(sql),
    identities: createIdentityTable(sql, leaseClock),
    identityMoves: createIdentityMoves(sql, leaseClock === 'server'),
    tokens: createTokenTable(sql, sealer),
    sealedRows: createSealedRows(sql, sealer),
    roles: createRoleTable(sql),
    sessions: createSessionTable(sql, sealer),
    usedAttempts: createUsedAttemptTable(sql),
    usedLogoutTokens: createUsedLogoutTokenTable(sql),
    events: createEventTable(sql),
  }
}
