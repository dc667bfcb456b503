import type { Sealer } from '../crypto/keys.js'
import { openDatabase } from './database.js'
import { createEvents } from './events.js'
import { createIdentities } from './identities.js'
import { migrateForward, readSchema } from './migrations.js'
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
  let closed: Promise<void> | undefined

  return {
    ...createTables(sql, sealer),
    transaction: work => inTransaction(db, inside => work(createTables(inside, sealer))),
    settle: () => (isSqlite ? emptyLog(sql) : Promise.resolve()),
    migrate: () => migrateForward(db),
    schema: () => readSchema(db),
    checkWritable: createWriteCheck(sql, isSqlite ? 'sqlite' : 'postgres'),
    async ping() {
      await sql('select 1')
    },
    close() {
      closed ??= db.destroy()
      return closed
    },
  }
}

/** Most of it while others write on, and the rest, if nobody is about to, with a moment of its own. */
async function emptyLog(sql: Sql): Promise<void> {
  await sql('pragma wal_checkpoint(passive)')
  await sql('pragma wal_checkpoint(restart)')
}

function createTables(sql: Sql, sealer: Sealer): Tables {
  return {
    users: createUsers(sql),
    identities: createIdentities(sql),
    tokens: createTokens(sql, sealer),
    tokenSeals: createTokenSeals(sql, sealer),
    roles: createRoles(sql),
    sessions: createSessions(sql, sealer),
    usedAttempts: createUsedAttempts(sql),
    usedLogoutTokens: createUsedLogoutTokens(sql),
    events: createEvents(sql),
  }
}
