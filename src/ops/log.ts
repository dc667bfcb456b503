import { type BaseLogger, type DestinationStream, pino, stdTimeFunctions } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { standardOutput } from './standard-output.js'

/** Logs one line at a level. No child loggers, because their fields would not be redacted. */
export type Log = Pick<BaseLogger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'>

interface LogOptions {
  level: string
  /** Readable lines in place of JSON. */
  readable: boolean
  destination?: DestinationStream | undefined
}

/** Names of fields that could hold a secret, at the first two levels. A query string is never logged. */
const REDACTED_FIELDS = new Set([
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'code_verifier',
  'state',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'codeVerifier',
  'handle',
  'cookie',
  'authorization',
  'password',
])

export function createLog({ level, readable, destination }: LogOptions): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // Not pino's own `redact`: it tries each path in turn, which takes longer than writing the line.
    formatters: { log: redact },
  }
  if (destination) return pino(options, destination)
  const output = standardOutput()
  const log = pino(options, readable ? prettyDestination(output) : output)
  output.onLoss(({ count, cause }) =>
    log.warn({ lost: count, cause }, `${count} lines of this log were lost: they could not be written`),
  )
  return log
}

type Fields = Record<string, unknown>

/** Copies only objects that must change, because a copied error would lose its message. */
function redact(fields: Fields, levels = 2): Fields {
  let redacted: Fields | undefined
  for (const [name, value] of Object.entries(fields)) {
    const safe = REDACTED_FIELDS.has(name) ? '[redacted]' : levels > 1 && isFields(value) ? redact(value, 1) : value
    if (safe === value) continue
    redacted ??= { ...fields }
    redacted[name] = safe
  }
  return redacted ?? fields
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** Writes one readable line; a cause of several lines (a stack) follows below it. */
export function prettyDestination(output: DestinationStream): DestinationStream {
  // Our field `error` is a code, and not an error object.
  const format = prettyFactory({
    errorLikeObjectKeys: [],
    ignore: 'request',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
  })
  return {
    write(line) {
      const { cause, ...fields }: Fields = JSON.parse(line)
      const isStack = typeof cause === 'string' && cause.includes('\n')
      output.write(isStack ? `${format(fields)}${indented(cause)}` : format(line))
    },
  }
}

/** Indents a stack, without characters that could move the cursor of a terminal or change the order of the text. */
const indented = (stack: string): string =>
  stack
    .split('\n')
    .map(line => `    ${line.replace(UNPRINTABLE, ' ')}\n`)
    .join('')

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu
