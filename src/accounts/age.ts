/**
 * How far in the future a time may lie that was written down earlier: instances that share one database, or one set of
 * keys, have clocks that differ, and one that is half a minute ahead must not sign people out of the others. ID tokens
 * are allowed as much.
 */
export const CLOCK_TOLERANCE_MS = 30_000

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

/** The latest time that may have been written down by now. */
export const latestTime = (now: number): number => now + CLOCK_TOLERANCE_MS
