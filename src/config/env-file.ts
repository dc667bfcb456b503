import { readBareValue, readQuotedValue } from './env-value.js'
import { findSetting } from './settings.js'

/** The text of a file, or why it cannot be read: a phrase that follows the name of the file. */
export type FileContent = { text: string } | { problem: string }

/** What is wrong with a line of an env file: a phrase that follows the number of the line, and shows no value. */
export interface LineIssue {
  line: number
  text: string
  /** The setting that the line is for, where that is clear. */
  setting?: string
}

interface ParsedEnvFile {
  values: Readonly<Record<string, string>>
  issues: readonly LineIssue[]
}

interface EnvEntry {
  name?: string
  value?: string
  problem?: string
  /** The index of the next line to read. */
  next: number
}

const BLANK_OR_COMMENT = /^\s*(#.*)?$/
const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)\s*=(.*)$/
const NAME_FIRST = /^\s*(?:export\s+)?([\w.-]+)\s*(:?)/

/** Does not match the end of a base64 text (`A==`), which a line of a key can be. */
const NEXT_SETTING = /^\s*(?:export\s+)?[A-Z][A-Z0-9_]+\s*=(?!=?\s*$)/

/** Words of the length that words of a language have. */
const NAME_OF_WORDS = /^[A-Z][A-Z0-9]{0,19}(_[A-Z0-9]{1,20})*$/
const NEWLINE = 0x0a

/** Decodes UTF-8 and removes its byte order mark. No other encoding is guessed. */
export function decodeText(bytes: Uint8Array): FileContent {
  if (isUtf16(bytes)) return { problem: 'is saved as UTF-16; save it as UTF-8' }
  const text = decodeUtf8(bytes)
  if (text === undefined) return { problem: `is not valid UTF-8 in line ${findInvalidLine(bytes)}; save it as UTF-8` }
  const nul = text.indexOf('\0')
  if (nul < 0) return { text }
  return { problem: `has a NUL character in line ${text.slice(0, nul).split('\n').length}; remove it` }
}

/** UTF-16 begins with a byte order mark, or has a NUL next to each letter of English text. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true
  const zeros = bytes.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0)
  return bytes.length > 1 && zeros * 3 >= bytes.length
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** In UTF-8 the byte of a newline is never a part of another character, so each line can be decoded alone. */
function findInvalidLine(bytes: Uint8Array): number {
  let start = 0
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(NEWLINE, start)
    if (end < 0 || decodeUtf8(bytes.subarray(start, end)) === undefined) return line
    start = end + 1
  }
}

/**
 * Reads the text of an env file strictly: blank lines, comments, and `NAME=value` with an optional `export`. A value
 * may be in quotes of three kinds, also over several lines; in double quotes `\n` is a line break, as in dotenv. What
 * dotenv would drop, cut or guess is an issue. No issue shows a value, or a name that may be a part of a value.
 */
export function readEnvText(text: string): ParsedEnvFile {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  const values: Record<string, string> = {}
  const issues: LineIssue[] = []
  const lineOf = new Map<string, number>()
  for (let index = 0; index < lines.length; ) {
    const { next, name, value, problem } = readEnvEntry(lines, index)
    const line = index + 1
    const earlier = name === undefined ? undefined : lineOf.get(name)
    if (problem !== undefined) {
      issues.push({ line, text: problem, ...(name !== undefined && { setting: name }) })
    } else if (name !== undefined && earlier !== undefined) {
      issues.push({ line, text: `sets ${name}, as line ${earlier} does; keep one of them`, setting: name })
    } else if (name !== undefined && value !== undefined) {
      values[name] = value
    }
    if (name !== undefined) lineOf.set(name, earlier ?? line)
    index = next
  }
  return { values, issues }
}

function readEnvEntry(lines: readonly string[], index: number): EnvEntry {
  const line = lines[index] ?? ''
  const next = index + 1
  if (BLANK_OR_COMMENT.test(line)) return { next }
  const [, name = '', rest = ''] = ASSIGNMENT.exec(line) ?? []
  // A line that ends with == is the end of a base64 text.
  if (!looksLikeName(name) || /^=\s*$/.test(rest)) return { next, ...describeUnreadableLine(line) }
  const read = /^[ \t]*["'`]/.test(rest)
    ? readQuotedValue(name, [rest.trimStart(), ...lines.slice(next)].join('\n'), isSettingLine)
    : readBareValue(name, rest)
  if (read.problem === undefined) return { name, value: read.value, next: index + read.lines }
  return { name, problem: read.problem, next: read.continues ? findNextSetting(lines, next) : next }
}

const isSettingLine = (line: string): boolean => NEXT_SETTING.test(line)

/**
 * Where the end of a value was not found, the lines that belong to it are skipped, so that they are not further issues.
 */
function findNextSetting(lines: readonly string[], from: number): number {
  const found = lines.findIndex((line, index) => index >= from && (isSettingLine(line) || BLANK_OR_COMMENT.test(line)))
  return found < 0 ? lines.length : found
}

function describeUnreadableLine(line: string): { problem: string; name?: string } {
  if (/^\s*export\s*$/.test(line)) return { problem: 'has export and no setting; write export NAME=value' }
  const [, first = '', colon] = NAME_FIRST.exec(line) ?? []
  if (isCertainlyName(first)) {
    const found = colon ? `has : after ${first} in place of =` : `has no = after ${first}`
    return { problem: `${found}; write ${first}=value`, name: first }
  }
  const [, assigned = ''] = ASSIGNMENT.exec(line) ?? []
  if (hasMixedCase(assigned)) {
    return { problem: 'is not NAME=value: a name has upper-case letters, digits and _ only' }
  }
  const hint = colon ? 'write = in place of :' : 'a value of several lines must be in quotes'
  return { problem: `is neither NAME=value nor a comment that begins with #; ${hint}` }
}

/**
 * A message may show a name. A line that is a part of a key or a password can look like a name: such a line must not be
 * shown.
 */
const looksLikeName = (text: string): boolean =>
  !hasMixedCase(text) &&
  (findSetting(text) !== undefined || NAME_OF_WORDS.test(text.toUpperCase().replace(/[.-]/g, '_')))

const hasMixedCase = (text: string): boolean => /[a-z]/.test(text) && /[A-Z]/.test(text)

/** A single word without = may be anything, also a part of a secret. */
const isCertainlyName = (text: string): boolean =>
  findSetting(text) !== undefined || (NAME_OF_WORDS.test(text) && text.includes('_'))
