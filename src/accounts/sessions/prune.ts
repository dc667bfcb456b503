import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../../store/types.js'
import type { Sessions } from './sessions.js'

// A row of sessions is in six B-trees, and another writer of an SQLite file waits for the batch and for its part of the
// write-ahead log: 500 rows delayed it by 160 milliseconds, 100 rows by 40.
const BATCH_ROWS = 100
const USED_ATTEMPT_LIFETIME_MS = 60 * 60_000
// SQLite runs within one turn of the event loop, so without a pause no other request would run before the end. And another
// process that waits for the file checks every two milliseconds whether it is free.
const PAUSE_MS = 5

/** How many rows were deleted. */
export interface Pruned {
  sessions: number
  usedAttempts: number
  usedLogoutTokens: number
  events: number
}

const running = new WeakMap<Store, Promise<Pruned>>()

/**
 * Deletes what has expired, 100 rows at a time with a pause in between, so that no other request waits long. A call while
 * another one runs gets the result of that one: after a long stop there is work for more than a minute, and two at once
 * delayed other requests by a second.
 * @param eventsKeepMs how long events of the audit log are kept
 */
export function prune(
  store: Store,
  sessions: Pick<Sessions, 'seenBefore'>,
  eventsKeepMs: number,
  now: number,
): Promise<Pruned> {
  const current = running.get(store)
  if (current) return current
  const pruning = pruneAll(store, sessions, eventsKeepMs, now).finally(() => running.delete(store))
  running.set(store, pruning)
  return pruning
}

async function pruneAll(
  store: Store,
  { seenBefore }: Pick<Sessions, 'seenBefore'>,
  eventsKeepMs: number,
  now: number,
): Promise<Pruned> {
  const { sessions, usedAttempts, usedLogoutTokens, events } = store
  return {
    sessions: await inBatches(store, limit => sessions.removeExpired(now, seenBefore(now), limit)),
    usedAttempts: await inBatches(store, limit => usedAttempts.removeOlder(now - USED_ATTEMPT_LIFETIME_MS, limit)),
    usedLogoutTokens: await inBatches(store, limit => usedLogoutTokens.removeExpired(now, limit)),
    events: await inBatches(store, limit => events.removeOlder(now - eventsKeepMs, limit)),
  }
}

async function inBatches(store: Store, remove: (limit: number) => Promise<number>): Promise<number> {
  for (let total = 0; ; await wait(PAUSE_MS)) {
    const removed = await remove(BATCH_ROWS)
    total += removed
    if (removed < BATCH_ROWS) return total
    await store.checkpoint()
  }
}

/** A larger difference to the database's clock is reported at the start. */
const CLOCK_WARNING_MS = 5_000
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A wrong clock is seldom wrong by less, and a smaller difference deletes only what had nearly expired. */
const MAX_JUMP_MS = 5 * MINUTE_MS
/** For so many runs, a minute apart, a new time has to last before anything is deleted by it. */
const CONFIRMING_RUNS = 2
/** The same where the latest entry is older than a day at the start: NTP takes minutes to set a clock. */
const CONFIRMING_RUNS_AFTER_GAP = 60

interface ClockCheckDeps {
  store: Pick<Store, 'serverTime' | 'latestTime'>
  now(): number
  monotonic(): number
}

/** To be asked before anything is deleted by the wall clock: what a wrong clock deletes is lost. */
export interface ClockCheck {
  /** To be called before anything is written; returns warnings for the operator. */
  start(): Promise<string[]>
  /** Once a minute. */
  run(): Promise<{ isTrusted: boolean; warning?: string }>
}

/**
 * Compares the wall clock with the monotonic clock, and with that of the database server. At the start it can be compared
 * with the database only, so until it has lasted for some runs it is not trusted.
 */
export function createClockCheck({ store, now, monotonic }: ClockCheckDeps): ClockCheck {
  let last = { now: now(), monotonic: monotonic() }
  let runsLeft = CONFIRMING_RUNS

  function jumpSinceLast(): number {
    const reading = { now: now(), monotonic: monotonic() }
    const jump = reading.now - last.now - (reading.monotonic - last.monotonic)
    last = reading
    return jump
  }

  return {
    async start() {
      last = { now: now(), monotonic: monotonic() }
      const difference = await differenceFromServer(store, now)
      if (difference !== undefined) return Math.abs(difference) > CLOCK_WARNING_MS ? [differenceText(difference)] : []
      const gap = await gapSinceLatestEntry(store, now())
      if (gap === undefined) return []
      runsLeft = CONFIRMING_RUNS_AFTER_GAP
      return [`${gap}. If the clock is wrong, set it within an hour: then what has expired is deleted`]
    },

    async run() {
      const jump = jumpSinceLast()
      if (Math.abs(jump) > MAX_JUMP_MS) {
        runsLeft = CONFIRMING_RUNS
        const by = durationText(jump)
        return { isTrusted: false, warning: `The clock jumped by ${by}: nothing is deleted until it has lasted` }
      }
      runsLeft = Math.max(0, runsLeft - 1)
      if (runsLeft > 0) return { isTrusted: false }
      const difference = (await differenceFromServer(store, now)) ?? 0
      if (Math.abs(difference) <= MAX_JUMP_MS) return { isTrusted: true }
      return { isTrusted: false, warning: `${differenceText(difference)}: nothing is deleted` }
    },
  }
}

/** Why a command should not delete by this clock, with no earlier run to compare it with. Undefined where it may. */
export async function findClockProblem(store: ClockCheckDeps['store'], now: () => number): Promise<string | undefined> {
  const difference = await differenceFromServer(store, now)
  if (difference === undefined) return gapSinceLatestEntry(store, now())
  return Math.abs(difference) > MAX_JUMP_MS ? differenceText(difference) : undefined
}

/** By how many milliseconds the server's clock is ahead; undefined for a database without a clock of its own. */
async function differenceFromServer(
  { serverTime }: ClockCheckDeps['store'],
  now: () => number,
): Promise<number | undefined> {
  const before = now()
  const time = await serverTime()
  if (time === undefined) return undefined
  const after = now()
  return time < before ? time - before : Math.max(0, time - after)
}

/** Each sign-in and page writes something, so after a long gap the clock may be ahead. */
async function gapSinceLatestEntry({ latestTime }: ClockCheckDeps['store'], now: number): Promise<string | undefined> {
  const latest = await latestTime()
  if (latest === undefined || now - latest <= DAY_MS) return undefined
  const [latestText, nowText] = [latest, now].map(time => new Date(time).toISOString())
  return `The clock says ${nowText}, and the latest entry of the database is from ${latestText}`
}

const differenceText = (difference: number): string =>
  `The clock of this machine is ${durationText(Math.abs(difference))} ${difference > 0 ? 'behind' : 'ahead of'} the database's`

function durationText(ms: number): string {
  const size = Math.abs(ms)
  const [unit, name] =
    size >= 2 * DAY_MS ? [DAY_MS, 'days'] : size >= 2 * HOUR_MS ? [HOUR_MS, 'hours'] : [SECOND_MS, 'seconds']
  return `${Math.round(ms / unit)} ${name}`
}
