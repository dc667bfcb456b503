import { type BaseLogger, type DestinationStream, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'

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
  return pino(options, destination ?? (readable ? forPeople() : forMachines()))
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

/** Written down by the packet, ten times a second and at the end: a call of the system for each line costs more than it. */
export const forMachines = (): DestinationStream =>
  pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 100 })

const forPeople = () => pretty({ ignore: 'request', singleLine: true, translateTime: 'SYS:HH:MM:ss', sync: true })
