import { quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { readDurationMs } from '../value-readers.js'

const KEEP_ALIVE_DEFAULT_MS = 130_000
// No proxy keeps an unused connection for so long; a longer time is a mistake.
const KEEP_ALIVE_MAX_MS = 4 * 3_600_000

/** KEEP_ALIVE, in milliseconds. */
export function readKeepAliveMs(reader: SettingsReader): number {
  const keepAliveMs = readDurationMs(reader, 'KEEP_ALIVE') ?? KEEP_ALIVE_DEFAULT_MS
  if (keepAliveMs > KEEP_ALIVE_MAX_MS) {
    reader.addIssue(
      'KEEP_ALIVE',
      `is ${quoted(reader.value('KEEP_ALIVE') ?? '')}; write a time of 4h at most, like 130s`,
    )
  }
  return keepAliveMs
}
