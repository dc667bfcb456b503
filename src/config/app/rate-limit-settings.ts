import { joinWords, quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import type { RateLimitSettings } from '../types.js'
import { readList } from '../value-readers.js'

const LIMIT_NAMES = ['starts', 'callbacks'] as const
type LimitName = (typeof LIMIT_NAMES)[number]

/**
 * The limits of `on`, per minute. An office or a school has one IPv4 address, and everyone there signs in at nine
 * o'clock; a script makes sixty requests in a second.
 */
const DEFAULT_LIMITS: RateLimitSettings = { starts: 60, callbacks: 60 }
const MAX_PER_MINUTE = 10_000
const HOW_TO_WRITE_LIMITS = 'it can be on, off, or how many a minute from one address, like starts=60,callbacks=60'

/** Undefined: nothing is counted. */
export function readRateLimits(reader: SettingsReader): RateLimitSettings | undefined {
  const limits = readLimits(reader, reader.value('RATE_LIMITS') ?? (reader.local ? 'off' : 'on'))
  // Https needs a proxy in front, and behind a proxy all visitors have its address.
  if (limits && !reader.local && reader.value('TRUSTED_PROXIES') === undefined) {
    reader.warn('TRUSTED_PROXIES', 'is empty, so behind a proxy RATE_LIMITS counts all visitors as one; name the proxy')
  }
  return limits
}

function readLimits(reader: SettingsReader, value: string): RateLimitSettings | undefined {
  if (value === 'off') return undefined
  if (value === 'on') return DEFAULT_LIMITS
  if (!value.includes('=')) return reader.addIssue('RATE_LIMITS', `is ${quoted(value)}; ${HOW_TO_WRITE_LIMITS}`)
  const limits = new Map<LimitName, number>()
  for (const part of readList(reader, 'RATE_LIMITS') ?? []) readLimit(reader, part, limits)
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(limits) }
}

function readLimit(reader: SettingsReader, part: string, limits: Map<LimitName, number>): void {
  const addIssue = (text: string) => void reader.addIssue('RATE_LIMITS', text)
  const equals = part.indexOf('=')
  if (equals < 0) return addIssue(`has ${quoted(part)} beside a number; ${HOW_TO_WRITE_LIMITS}`)
  const name = part.slice(0, equals).trim()
  const limitName = LIMIT_NAMES.find(each => each === name)
  if (!limitName)
    return addIssue(`limits ${quoted(name)}, which is not counted; it can limit ${joinWords(LIMIT_NAMES)}`)
  if (limits.has(limitName)) return addIssue(`gives ${limitName} twice; keep one of them`)
  const number = part.slice(equals + 1).trim()
  const limit = /^\d{1,9}$/.test(number) ? Number(number) : 0
  limits.set(limitName, limit)
  if (limit < 1 || limit > MAX_PER_MINUTE) {
    addIssue(`gives ${limitName} ${quoted(number)}; write a whole number from 1 to ${MAX_PER_MINUTE}`)
  }
}
