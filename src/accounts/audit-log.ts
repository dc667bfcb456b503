import { LRUCache } from 'lru-cache'
import type { EventKind, EventTable, StoredEvent } from '../store/types.js'
import type { Browser } from './sessions/sessions.js'

const MINUTE_MS = 60_000
/** A client without an attempt of ours has no other limit, so it could write any number of rows. */
const MAX_ANONYMOUS_PER_MINUTE = 60
/** To push one entry out takes as many other attempts, and each of them has a row itself. */
const MAX_RECORDED = 50_000

/** An event for the audit log. */
export interface AuditEvent {
  kind: EventKind
  code?: string | null | undefined
  userId?: string | null | undefined
  provider?: string | null | undefined
  browser?: Browser | undefined
  /** Of a refused sign-in: the person that the provider named. */
  subject?: string | null | undefined
  login?: string | null | undefined
  /** The operator's system user, where a command did it. */
  actor?: string | null | undefined
}

/** The row of an event in the table of the audit log. */
export const toEventRow = (
  { kind, code, userId, provider, browser, subject, login, actor }: AuditEvent,
  at: number,
): StoredEvent => ({
  at,
  kind,
  code: code ?? null,
  userId: userId ?? null,
  provider: provider ?? null,
  address: browser?.address ?? null,
  userAgent: browser?.userAgent ?? null,
  subject: subject ?? null,
  login: login ?? null,
  actor: actor ?? null,
})

/** The audit log, for events that are not written in a transaction. */
export interface AuditLog {
  /** Writes an event. An error of the database is reported to the operator, and not thrown. */
  record(event: AuditEvent): Promise<void>
  /** The same for events of unknown clients, 60 a minute at most: otherwise a flood of them would fill the disk. */
  recordAnonymous(event: AuditEvent): Promise<void>
  /**
   * Writes only the first event about something that a visitor has, and can send as often as they like, such as a cookie.
   * Each instance remembers this for itself, in memory: one row more for each instance does no harm.
   * @param hash of the thing that the visitor has
   */
  recordFirst(hash: string, event: AuditEvent): Promise<void>
}

interface Clocks {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds since some moment. No jump of the wall clock ends or prolongs a minute of it. */
  monotonic(): number
}

export function createAuditLog(
  events: EventTable,
  { now, monotonic }: Clocks,
  onError: (error: unknown) => void,
): AuditLog {
  let anonymous = { minute: 0, count: 0 }
  const recorded = new LRUCache<string, true>({ max: MAX_RECORDED })

  async function record(event: AuditEvent): Promise<void> {
    try {
      await events.insert(toEventRow(event, now()))
    } catch (error) {
      onError(error)
    }
  }

  return {
    record,
    async recordFirst(hash, event) {
      if (recorded.get(hash)) return
      recorded.set(hash, true)
      await record(event)
    },
    async recordAnonymous(event) {
      const minute = Math.floor(monotonic() / MINUTE_MS)
      anonymous = { minute, count: anonymous.minute === minute ? anonymous.count + 1 : 1 }
      if (anonymous.count <= MAX_ANONYMOUS_PER_MINUTE) await record(event)
    },
  }
}
