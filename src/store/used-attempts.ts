import type { Sql } from './sql.js'
import type { UsedAttempts } from './types.js'

// Only a row that was inserted is returned: the database decides who came first.
const USE = `insert into used_attempts (state_hash, used_at) values (?, ?)
  on conflict (state_hash) do nothing returning state_hash`

const REMOVE_OLDER = `delete from used_attempts where state_hash in
  (select state_hash from used_attempts where used_at < ? limit ?) returning state_hash`

export function createUsedAttempts(sql: Sql): UsedAttempts {
  return {
    async use(stateHash, now) {
      return (await sql(USE, [stateHash, now])).length > 0
    },
    async has(stateHash) {
      return (await sql('select 1 from used_attempts where state_hash = ?', [stateHash])).length > 0
    },
    async removeOlder(before, limit) {
      return (await sql(REMOVE_OLDER, [before, limit])).length
    },
  }
}
