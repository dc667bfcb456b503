import type { Sql } from '../db/sql.js'
import type { UsedAttemptTable, UsedLogoutTokenTable } from '../types.js'

// An insert returns a row only if it has inserted one: the database decides which caller came first.
const MARK_ATTEMPT_USED = `insert into used_attempts (state_hash, used_at) values (?, ?)
  on conflict (state_hash) do nothing returning state_hash`
const MARK_LOGOUT_TOKEN_USED = `insert into used_logout_tokens (token_hash, expires_at) values (?, ?)
  on conflict (token_hash) do nothing returning token_hash`

const REMOVE_OLDER_ATTEMPTS = `delete from used_attempts where state_hash in
  (select state_hash from used_attempts where used_at < ? limit ?) returning state_hash`
const REMOVE_EXPIRED_LOGOUT_TOKENS = `delete from used_logout_tokens where token_hash in
  (select token_hash from used_logout_tokens where expires_at <= ? limit ?) returning token_hash`

/** A `state` completes one sign-in. */
export function createUsedAttemptTable(sql: Sql): UsedAttemptTable {
  return {
    async markUsed(stateHash, now) {
      return (await sql(MARK_ATTEMPT_USED, [stateHash, now])).length > 0
    },
    async has(stateHash) {
      return (await sql('select 1 from used_attempts where state_hash = ?', [stateHash])).length > 0
    },
    async removeOlder(before, limit) {
      return (await sql(REMOVE_OLDER_ATTEMPTS, [before, limit])).length
    },
  }
}

/** A logout token (OpenID Connect Back-Channel Logout) ends sessions once. */
export function createUsedLogoutTokenTable(sql: Sql): UsedLogoutTokenTable {
  return {
    async markUsed(tokenHash, expiresAt) {
      return (await sql(MARK_LOGOUT_TOKEN_USED, [tokenHash, expiresAt])).length > 0
    },
    async removeExpired(now, limit) {
      return (await sql(REMOVE_EXPIRED_LOGOUT_TOKENS, [now, limit])).length
    },
  }
}
