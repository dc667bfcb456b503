import { LRUCache } from 'lru-cache'
import type { EventKind, EventTable, StoredEvent } from '../store/types.js'
import type { Browser } from './sessions/sessions.js'

const MINUTE_MS = 60_000
/** Whoever has no attempt of ours costs nothing, and may come as often as they like. */
const MAX_ANONYMOUS_PER_MINUTE = 60
/** To push one of them out takes as many other attempts, each of which has a row itself. */
const MAX_RECORDED = 50_000

/** What is known of something that happened. */
export interface AuditEvent {
  kind: EventKind
  code?: string | null
  userId?: string | null
  provider?: string | null
  browser?: Browser | undefined
  /** Of a refused sign-in: who the provider says it was. */
  subject?: string | null
  login?: string | null
  /** The operator's system user, where a command did it. */
  actor?: string | null
}

/** The audit trail's row of it. */
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

/** The audit trail, for what is not written in a transaction of its own. */
export interface AuditLog {
  /** Writes down what happened; a database in trouble is told to the operator, and stops nobody. */
  record(happening: AuditEvent): Promise<void>
  /** The same of those whom nobody knows, 60 a minute at most: else a flood of them would fill the disk. */
  recordAnonymous(happening: AuditEvent): Promise<void>
  /**
   * The first that happens to something that a visitor keeps, and can show as often as they like. Each instance for itself,
   * in memory: a row more for each of them is no flood.
   * @param what a hash of it
   */
  recordFirst(what: string, happening: AuditEvent): Promise<void>
}

interface Clocks {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds since some moment; nothing sets it, so no jump of the time of day ends or prolongs a minute. */
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
    record: record,
    async recordFirst(what, happening) {
      if (recorded.get(what)) return
      recorded.set(what, true)
      await record(happening)
    },
    async recordAnonymous(happening) {
      const minute = Math.floor(monotonic() / MINUTE_MS)
      anonymous = { minute, count: anonymous.minute === minute ? anonymous.count + 1 : 1 }
      if (anonymous.count <= MAX_ANONYMOUS_PER_MINUTE) await record(happening)
    },
  }
}
