import type { Sql } from '../db/sql.js'
import type { UsedAttemptTable } from '../types.js'

// Only a row that was inserted is returned: the database decides who came first.
const MARK_USED = `insert into used_attempts (state_hash, used_at) values (?, ?)
  on conflict (state_hash) do nothing returning state_hash`

const REMOVE_OLDER = `delete from used_attempts where state_hash in
  (select state_hash from used_attempts where used_at < ? limit ?) returning state_hash`

export function createUsedAttemptTable(sql: Sql): UsedAttemptTable {
  return {
    async markUsed(stateHash, now) {
      return (await sql(MARK_USED, [stateHash, now])).length > 0
    },
    async has(stateHash) {
      return (await sql('select 1 from used_attempts where state_hash = ?', [stateHash])).length > 0
    },
    async removeOlder(before, limit) {
      return (await sql(REMOVE_OLDER, [before, limit])).length
    },
  }
}
