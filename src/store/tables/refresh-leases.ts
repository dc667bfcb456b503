import type { Sql } from '../db/sql.js'
import type { IdentityTable } from '../types.js'

type RefreshLeases = Pick<
  IdentityTable,
  'setReconnectNeeded' | 'takeLease' | 'releaseLease' | 'countRefusal' | 'clearRefusals'
>

/**
 * The clock that measures leases. Instances with different clocks share a PostgreSQL server, so the statement itself
 * reads the server's clock. An SQLite file belongs to one machine, so the caller passes the time of that machine.
 */
export type LeaseClock = 'server' | 'caller'

/** The caller's time is at most this old: the call may have waited five seconds for the file, and for the event loop. */
const CALLER_DELAY_MS = 10_000

// One statement, so that the database decides which process came first. If a lease ends later than a lease that is taken
// now, it was taken before the clock was set back, and does not count.
const takeLeaseStatement = (time: string) => `update identities set refresh_lease = ?, refresh_lease_until = ${time} + ?
  where id = ? and (refresh_lease is null or refresh_lease_until <= ${time} or refresh_lease_until > ${time} + ?)
  returning id`
const TAKE_LEASE_BY_SERVER = takeLeaseStatement('floor(extract(epoch from clock_timestamp()) * 1000)::bigint')
const TAKE_LEASE_BY_CALLER = takeLeaseStatement('?')
const RELEASE_LEASE = `update identities set refresh_lease = null, refresh_lease_until = null
  where id = ? and refresh_lease = ?`

const SET_RECONNECT_NEEDED = 'update identities set reconnect_since = coalesce(reconnect_since, ?) where id = ?'

// Several instances may be refused at the same moment, and that is one refusal. If a clock has jumped since the last
// refusal, forwards or backwards, the next one counts.
const COUNT_REFUSAL = `update identities set refresh_refusals = refresh_refusals + 1, refresh_refused_at = ?
  where id = ? and (refresh_refusals = 0 or abs(refresh_refused_at - ?) >= ?)`
const REFUSALS = 'select refresh_refusals from identities where id = ?'
const CLEAR_REFUSALS = 'update identities set refresh_refusals = 0 where id = ? and refresh_refusals > 0'

/** What all instances share about the refreshes of an identity: the lease, the refusals, and whether to reconnect. */
export function createRefreshLeases(sql: Sql, leaseClock: LeaseClock): RefreshLeases {
  return {
    async setReconnectNeeded(id, since) {
      await sql(SET_RECONNECT_NEEDED, [since, id])
    },
    async takeLease(id, holder, now, lengthMs) {
      const maxLeaseMs = lengthMs + CALLER_DELAY_MS
      const taken =
        leaseClock === 'server'
          ? await sql(TAKE_LEASE_BY_SERVER, [holder, lengthMs, id, maxLeaseMs])
          : await sql(TAKE_LEASE_BY_CALLER, [holder, now, lengthMs, id, now, now, maxLeaseMs])
      return taken.length > 0
    },
    async releaseLease(id, holder) {
      await sql(RELEASE_LEASE, [id, holder])
    },
    async countRefusal(id, now, apartMs) {
      await sql(COUNT_REFUSAL, [now, id, now, apartMs])
      const [row] = await sql<{ refresh_refusals: number }>(REFUSALS, [id])
      return row?.refresh_refusals ?? 0
    },
    async clearRefusals(id) {
      await sql(CLEAR_REFUSALS, [id])
    },
  }
}
