import { quoted } from './errors.js'
import type { SettingsReader } from './reader.js'
import { readDuration } from './value-readers.js'

const DEFAULT_MS = 130_000
// No proxy keeps an unused connection for so long; a longer time is a mistake.
const MAX_MS = 4 * 3_600_000

/** KEEP_ALIVE, in milliseconds. */
export function readKeepAlive(reader: SettingsReader): number {
  const duration = readDuration(reader, 'KEEP_ALIVE') ?? DEFAULT_MS
  if (duration > MAX_MS) {
    reader.addIssue(
      'KEEP_ALIVE',
      `is ${quoted(reader.value('KEEP_ALIVE') ?? '')}; write a time of 4h at most, like 130s`,
    )
  }
  return duration
}
