import type { Sql } from '../db/sql.js'
import type { UsedLogoutTokenTable } from '../types.js'

// Only a row that was inserted is returned: the database decides who came first.
const MARK_USED = `insert into used_logout_tokens (token_hash, expires_at) values (?, ?)
  on conflict (token_hash) do nothing returning token_hash`

const REMOVE_EXPIRED = `delete from used_logout_tokens where token_hash in
  (select token_hash from used_logout_tokens where expires_at <= ? limit ?) returning token_hash`

export function createUsedLogoutTokenTable(sql: Sql): UsedLogoutTokenTable {
  return {
    async markUsed(tokenHash, expiresAt) {
      return (await sql(MARK_USED, [tokenHash, expiresAt])).length > 0
    },
    async removeExpired(now, limit) {
      return (await sql(REMOVE_EXPIRED, [now, limit])).length
    },
  }
}
