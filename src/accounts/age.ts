import { latestTime } from '../store/records.js'

/**
 * Milliseconds since a time that was read from a wall clock. A time in the future has no age: the clock has been set back
 * since then, and it is not known by how much, so the time counts as older than every limit.
 */
export function ageOf(since: number, now: number): number {
  if (since <= now) return now - since
  return since <= latestTime(now) ? 0 : Number.POSITIVE_INFINITY
}

/** Whether something that was made at `since`, and is valid for `lifeMs` milliseconds, has expired. */
export const isOlderThan = (since: number, lifeMs: number, now: number): boolean => ageOf(since, now) >= lifeMs
