import { joinWords, quoted, quotedUrl } from './errors.js'
import type { SettingsReader } from './reader.js'
import { findSetting, type SettingName } from './settings.js'

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNIT_WORDS = { s: /^s(ec(ond)?s?)?$/, m: /^m(in(ute)?s?)?$/, h: /^h((ou)?rs?)?$/, d: /^d(ays?)?$/ }
const ORIGIN_URL = /^https?:\/\/[^/\\?#@\s]+\/?$/i

/** One of several words. A word that is only planned gets its own message. */
export function readChoice<Choice extends string>(
  reader: SettingsReader,
  name: SettingName,
  choices: readonly Choice[],
  planned: readonly string[] = [],
): Choice | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  if (planned.includes(value)) return reader.addIssue(name, `is "${value}", which is not available yet`)
  const wanted = choices.length === 1 ? `it can only be ${choices[0]}` : `it can be ${joinWords(choices, 'or')}`
  return choices.find(choice => choice === value) ?? reader.addIssue(name, `is ${quoted(value)}; ${wanted}`)
}

/** A length of time such as `45s`, `30m`, `12h` or `7d`, in milliseconds. */
export function readDurationMs(reader: SettingsReader, name: SettingName): number | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  const duration = parseDurationMs(value)
  if (duration !== undefined) return duration
  const near = nearestDuration(value, name === 'KEEP_ALIVE' ? 's' : 'd')
  const wanted = 'write a time such as 45s, 30m, 12h or 7d'
  return reader.addIssue(name, `is ${quoted(value)}; ${near ? `did you mean ${near}? Or ${wanted}` : wanted}`)
}

function parseDurationMs(value: string): number | undefined {
  const [, digits, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? []
  const duration = Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS]
  return duration > 0 ? duration : undefined
}

/** Converts a duration of another notation to ours; a number without a unit gets `usualUnit`. */
function nearestDuration(value: string, usualUnit: keyof typeof UNIT_MS): string | undefined {
  const [, digits = '', word = ''] = /^(\d{1,4}) *([a-z]*)$/i.exec(value.trim()) ?? []
  if (/^w(eeks?)?$/i.test(word)) return formatDuration(Number(digits) * 7, 'd')
  const unit = Object.entries(UNIT_WORDS).find(([, words]) => words.test(word.toLowerCase()))?.[0]
  return formatDuration(Number(digits), word === '' ? usualUnit : unit)
}

const formatDuration = (count: number, unit: string | undefined): string | undefined =>
  count > 0 && unit !== undefined ? `${count}${unit}` : undefined

/** The parts of a comma-separated list, trimmed. An empty part is an issue. */
export function readList(reader: SettingsReader, name: SettingName): string[] | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  const parts = value.split(',').map(part => part.trim())
  if (parts.includes('')) {
    reader.addIssue(name, 'has an empty part; look for a comma too many')
  }
  return parts.filter(part => part !== '')
}

/** A text of one line. */
export function readOneLine(reader: SettingsReader, name: SettingName): string | undefined {
  const value = reader.value(name)
  if (value === undefined || !/[\p{Cc}\u2028\u2029]/u.test(value)) return value
  const found = findSetting(name)?.secret ? '' : `is ${quoted(value)} and `
  return reader.addIssue(name, `${found}has a line break or control character; write it on one line`)
}

/**
 * An origin, without a trailing slash.
 * @param nearest how to write a value that is not an origin, where that is clear
 */
export function readOrigin(
  reader: SettingsReader,
  name: SettingName,
  example: string,
  nearest: (value: string) => string | undefined = () => undefined,
): URL | undefined {
  const value = reader.value(name)
  if (value === undefined) return undefined
  if (ORIGIN_URL.test(value) && URL.canParse(value)) {
    if (value.endsWith('/')) reader.warn(name, 'ends with a slash, which is left out')
    return new URL(value)
  }
  const wanted = `write only scheme and host, like ${example}, with no path, query, fragment or user name`
  return reader.addIssue(name, `is ${quotedUrl(value)}; ${nearest(value) ?? wanted}`)
}

/** The origin of the app in a browser on this machine. The URL parser removes a default port, as browsers do. */
export const localOrigin = (port: number | undefined): string => new URL(`http://localhost:${port ?? ''}`).origin

/** Whether a host name of a URL, or an address to listen on, can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
}
