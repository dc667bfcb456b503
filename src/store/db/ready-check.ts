import { randomBytes } from '../../crypto/random.js'
import type { Store } from '../types.js'
import { requireCurrentSchema } from './migrations.js'
import type { Sql } from './sql.js'

/** After a write that succeeded the database counts as writable for this long, for all requests. */
const WRITABLE_CACHE_MS = 5_000

/**
 * Returns a check that passes if a sign-in would succeed now: the tables are those of this build, and they can be
 * written. However many requests there are, one check runs at a time; without requests nothing is written.
 */
export function createReadyCheck(
  store: Pick<Store, 'schema' | 'checkWritable'>,
  now: () => number,
): () => Promise<void> {
  let checkedAt = Number.NEGATIVE_INFINITY
  let checking: Promise<void> | undefined

  const check = async () => {
    const startedAt = now()
    await store.checkWritable()
    checkedAt = startedAt
  }

  return async () => {
    await requireCurrentSchema(store)
    const ageMs = now() - checkedAt
    // If the clock was set back, the age is negative and says nothing.
    if (ageMs >= 0 && ageMs < WRITABLE_CACHE_MS) return
    checking ??= check().finally(() => {
      checking = undefined
    })
    await checking
  }
}

// On a full disk a small row still fits, in space that a larger transaction could not use: SQLite's rows here need at
// least as many pages as a sign-in.
const ROW_COUNTS = { sqlite: 16, postgres: 1 }
const KEY_BYTES = 1_024
/** Older than any attempt, so that the cleaning up removes the rows of a process that died before it removed them. */
const LONG_AGO_MS = 0

/**
 * Returns a check that writes rows and removes them again, to find out whether a sign-in could be written. Each process
 * has rows of its own, so that several processes can check at once.
 */
export function createWriteCheck(sql: Sql, database: keyof typeof ROW_COUNTS): () => Promise<void> {
  const random = randomBytes(KEY_BYTES).toString('base64url')
  const keys = Array.from({ length: ROW_COUNTS[database] }, (_, index) => `check ${index} ${random}`)
  const rows = keys.map(() => `(?, ${LONG_AGO_MS})`).join(', ')
  const placeholders = keys.map(() => '?').join(', ')
  return async () => {
    // Not in one transaction: SQLite would not write rows that are removed before its end.
    await sql(
      `insert into used_attempts (state_hash, used_at) values ${rows} on conflict (state_hash) do nothing`,
      keys,
    )
    await sql(`delete from used_attempts where state_hash in (${placeholders})`, keys)
  }
}
