import { latestTime } from '../store/records.js'

/**
 * Milliseconds since a time that was written down by a wall clock. A time in the future has no age: the clock has been
 * set back since, and it is not known by how much, so it is older than every limit.
 */
export function ageOf(since: number, now: number): number {
  if (since <= now) return now - since
  return since <= latestTime(now) ? 0 : Number.POSITIVE_INFINITY
}

/** Whether something that was made `then`, and is good for `lifeMs` milliseconds, is over. */
export const isOlderThan = (since: number, lifeMs: number, now: number): boolean => ageOf(since, now) >= lifeMs
