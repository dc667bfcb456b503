import { randomBytes } from '../../crypto/random.js'
import type { Sql } from './sql.js'

// A full disk still takes a small row, in room that a larger transaction could not use: SQLite's rows here need as many
// pages as a sign-in, and more.
const ROW_COUNTS = { sqlite: 16, postgres: 1 }
const KEY_BYTES = 1_024
/** Older than any attempt, so that cleaning up removes what a process left that died in between. */
const LONG_AGO_MS = 0

/**
 * Writes rows and removes them again, to find out whether a sign-in could be written.
 * @returns what does it; its rows are its own, so that several processes are not in each other's way
 */
export function createWriteCheck(sql: Sql, database: keyof typeof ROW_COUNTS): () => Promise<void> {
  const random = randomBytes(KEY_BYTES).toString('base64url')
  const keys = Array.from({ length: ROW_COUNTS[database] }, (_, index) => `check ${index} ${random}`)
  const rows = keys.map(() => `(?, ${LONG_AGO_MS})`).join(', ')
  const placeholders = keys.map(() => '?').join(', ')
  return async () => {
    // Not in one transaction: SQLite would not write what is gone again at its end.
    await sql(
      `insert into used_attempts (state_hash, used_at) values ${rows} on conflict (state_hash) do nothing`,
      keys,
    )
    await sql(`delete from used_attempts where state_hash in (${placeholders})`, keys)
  }
}
