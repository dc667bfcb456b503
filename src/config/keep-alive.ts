import { quoted } from './errors.js'
import { readDuration } from './plain-values.js'
import type { Reading } from './sources.js'

const DEFAULT_MS = 130_000
// No proxy keeps an unused connection for so long; a longer time is a slip.
const MAX_MS = 4 * 3_600_000

/** KEEP_ALIVE, in milliseconds. */
export function readKeepAlive(reading: Reading): number {
  const duration = readDuration(reading, 'KEEP_ALIVE') ?? DEFAULT_MS
  if (duration > MAX_MS) {
    reading.addIssue(
      'KEEP_ALIVE',
      `is ${quoted(reading.value('KEEP_ALIVE') ?? '')}; write a time of 4h at most, like 130s`,
    )
  }
  return duration
}
