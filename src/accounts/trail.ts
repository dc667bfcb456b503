import { LRUCache } from 'lru-cache'
import type { Event, EventKind, Events } from '../store/types.js'
import type { Browser } from './sessions.js'

const MINUTE = 60_000
/** Whoever has no attempt of ours costs nothing, and may come as often as they like. */
const STRANGERS_A_MINUTE = 60
/** To push one of them out takes as many other attempts, each of which has a row itself. */
const MAX_NOTED = 50_000

/** What is known of something that happened. */
export interface Happening {
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
export const eventOf = (
  { kind, code, userId, provider, browser, subject, login, actor }: Happening,
  at: number,
): Event => ({
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
export interface Trail {
  /** Writes down what happened; a database in trouble is told to the operator, and stops nobody. */
  note(happening: Happening): Promise<void>
  /** The same of those whom nobody knows, 60 a minute at most: else a flood of them would fill the disk. */
  noteStranger(happening: Happening): Promise<void>
  /**
   * The first that happens to something that a visitor keeps, and can show as often as they like. Each instance for itself,
   * in memory: a row more for each of them is no flood.
   * @param what a hash of it
   */
  noteFirst(what: string, happening: Happening): Promise<void>
}

interface Clocks {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds since some moment; nothing sets it, so no jump of the time of day ends or prolongs a minute. */
  monotonic(): number
}

export function createTrail(events: Events, { now, monotonic }: Clocks, complain: (error: unknown) => void): Trail {
  let strangers = { minute: 0, count: 0 }
  const noted = new LRUCache<string, true>({ max: MAX_NOTED })

  async function note(happening: Happening): Promise<void> {
    try {
      await events.insert(eventOf(happening, now()))
    } catch (error) {
      complain(error)
    }
  }

  return {
    note,
    async noteFirst(what, happening) {
      if (noted.get(what)) return
      noted.set(what, true)
      await note(happening)
    },
    async noteStranger(happening) {
      const minute = Math.floor(monotonic() / MINUTE)
      strangers = { minute, count: strangers.minute === minute ? strangers.count + 1 : 1 }
      if (strangers.count <= STRANGERS_A_MINUTE) await note(happening)
    },
  }
}
