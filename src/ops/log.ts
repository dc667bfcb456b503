import { type BaseLogger, type DestinationStream, pino, stdTimeFunctions } from 'pino'
import { prettyFactory } from 'pino-pretty'
import { standardOutput } from './standard-output.js'

/** One line at a level. No child loggers: pino lets nobody cover what they carry. */
export type Log = Pick<BaseLogger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'>

interface LogOptions {
  level: string
  /** One line for people, instead of JSON for machines. */
  readable: boolean
  destination?: DestinationStream | undefined
}

/** Names under which a secret could come by, at either of the first two levels. A query string is never logged at all. */
const SECRETS = new Set([
  ...['access_token', 'refresh_token', 'id_token', 'client_secret', 'code_verifier', 'state'],
  ...['accessToken', 'refreshToken', 'clientSecret', 'codeVerifier', 'handle', 'cookie', 'authorization', 'password'],
])

export function createLog({ level, readable, destination }: LogOptions): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // Not pino's own `redact`: it tries each path in turn, which takes longer than to write the line.
    formatters: { log: coverSecrets },
  }
  if (destination) return pino(options, destination)
  const output = standardOutput()
  const log = pino(options, readable ? forPeople(output) : output)
  output.onLoss(({ count, cause }) =>
    log.warn({ lost: count, cause }, `${count} lines of this log were lost: they could not be written`),
  )
  return log
}

type Fields = Record<string, unknown>

/** Copies only what must change: a copied error would lose its message. */
function coverSecrets(fields: Fields, levels = 2): Fields {
  let covered: Fields | undefined
  for (const [name, value] of Object.entries(fields)) {
    const shown = SECRETS.has(name) ? '[redacted]' : levels > 1 && hasFields(value) ? coverSecrets(value, 1) : value
    if (shown === value) continue
    covered ??= { ...fields }
    covered[name] = shown
  }
  return covered ?? fields
}

const hasFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** One line for people; a cause of several lines (a stack) stands below it. */
export function forPeople(output: DestinationStream): DestinationStream {
  const format = prettyFactory({ ignore: 'request', singleLine: true, translateTime: 'SYS:HH:MM:ss' })
  return {
    write(line) {
      const { cause, ...fields }: Fields = JSON.parse(line)
      const isStack = typeof cause === 'string' && cause.includes('\n')
      output.write(isStack ? `${format(fields)}${indented(cause)}` : format(line))
    },
  }
}

/** Without what could move the cursor of a terminal, or change the order of the characters. */
const indented = (stack: string): string =>
  stack
    .split('\n')
    .map(line => `    ${line.replace(UNPRINTABLE, ' ')}\n`)
    .join('')

const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu
