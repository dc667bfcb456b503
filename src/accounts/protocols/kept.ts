import type { Wait } from './protocol.js'

const MINUTE = 60_000
const FRESH = 60 * MINUTE
const STALE = 24 * 60 * MINUTE

/** Something of a provider's that is fetched now and then. */
export interface Kept<T> {
  /** What is kept, fetched anew once an hour. For a day an old one is better than none, and is tried each minute. */
  get(load: () => Promise<T>, wait?: Wait): Promise<T>
  /**
   * Something newer than this, by a fetch out of turn once a minute at most; undefined where it is too early for one.
   * @throws what the last fetch out of turn failed with, until there may be another one
   */
  newerThan(old: T, load: () => Promise<T>, wait?: Wait): Promise<T | undefined>
}

/**
 * All who need it at the same time share one fetch. A failure is told to those who wait, and is not cached.
 * @param monotonic milliseconds that no setting of a clock changes
 */
export function keep<T>(monotonic: () => number): Kept<T> {
  let last: { value: T; at: number } | undefined
  let failedAt = Number.NEGATIVE_INFINITY
  let forcedAt = Number.NEGATIVE_INFINITY
  let forced: Promise<T> | undefined
  let loading: Promise<T> | undefined

  async function fetched(load: () => Promise<T>): Promise<T> {
    try {
      const value = await load()
      last = { value, at: monotonic() }
      return value
    } catch (error) {
      failedAt = monotonic()
      throw error
    } finally {
      loading = undefined
    }
  }
  function fetchOnce(load: () => Promise<T>, wait: Wait = atOnce): Promise<T> {
    loading ??= fetched(load)
    return wait(loading)
  }

  return {
    async get(load, wait) {
      const old = last
      if (!old || monotonic() - old.at >= STALE) return fetchOnce(load, wait)
      if (monotonic() - old.at < FRESH || monotonic() - failedAt < MINUTE) return old.value
      return fetchOnce(load, wait).catch(() => old.value)
    },

    async newerThan(old, load, wait) {
      if (last && last.value !== old) return last.value
      if (!loading && monotonic() - forcedAt < MINUTE) return forced?.then(() => undefined)
      if (!loading) forcedAt = monotonic()
      const newer = fetchOnce(load, wait)
      forced = newer
      return newer
    },
  }
}

const atOnce: Wait = fetched => fetched
