import type { Wait } from './protocol.js'

const MINUTE_MS = 60_000
const CACHE_TTL_MS = 60 * MINUTE_MS
const MAX_STALE_MS = 24 * 60 * MINUTE_MS

/** A value of a provider that is fetched now and then. */
export interface Cached<T> {
  /**
   * The cached value, fetched again after an hour. If that fails, the old value is used for up to a day, and each
   * minute it is tried again.
   */
  get(load: () => Promise<T>, wait?: Wait): Promise<T>
  /**
   * A value newer than this one, by an extra fetch once a minute at most; undefined where the last one was less than a
   * minute ago.
   * @throws what the last extra fetch failed with, until another one is allowed
   */
  refreshIfSame(old: T, load: () => Promise<T>, wait?: Wait): Promise<T | undefined>
}

/**
 * All callers that need the value at the same time share one fetch. A failure is thrown to those who wait, and is not
 * cached.
 * @param monotonic milliseconds that no setting of a clock changes
 */
export function createCached<T>(monotonic: () => number): Cached<T> {
  let last: { value: T; at: number } | undefined
  let failedAt = Number.NEGATIVE_INFINITY
  let forcedAt = Number.NEGATIVE_INFINITY
  let forced: Promise<T> | undefined
  let loading: Promise<T> | undefined

  async function loadNow(load: () => Promise<T>): Promise<T> {
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
  function loadOnce(load: () => Promise<T>, wait: Wait = fetched => fetched): Promise<T> {
    loading ??= loadNow(load)
    return wait(loading)
  }

  return {
    async get(load, wait) {
      const old = last
      if (!old || monotonic() - old.at >= MAX_STALE_MS) return loadOnce(load, wait)
      if (monotonic() - old.at < CACHE_TTL_MS || monotonic() - failedAt < MINUTE_MS) return old.value
      return loadOnce(load, wait).catch(() => old.value)
    },

    async refreshIfSame(old, load, wait) {
      if (last && last.value !== old) return last.value
      if (!loading && monotonic() - forcedAt < MINUTE_MS) return forced?.then(() => undefined)
      if (!loading) forcedAt = monotonic()
      const newer = loadOnce(load, wait)
      forced = newer
      return newer
    },
  }
}
