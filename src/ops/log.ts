import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import pretty from 'pino-pretty'

export type Log = Logger

interface LogOptions {
  level: string
  /** One line for people, instead of JSON for machines. */
  readable: boolean
  destination?: DestinationStream | undefined
}

/** Names under which a secret could come by, at either of the first two levels. A query string is never logged at all. */
const SECRETS = [
  ...['access_token', 'refresh_token', 'id_token', 'client_secret', 'code_verifier', 'state'],
  ...['accessToken', 'refreshToken', 'clientSecret', 'codeVerifier', 'handle', 'cookie', 'authorization', 'password'],
]

export function createLog({ level, readable, destination }: LogOptions): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap(name => [name, `*.${name}`]), censor: '[redacted]' },
  }
  return pino(options, destination ?? (readable ? forPeople() : pino.destination(1)))
}

const forPeople = () => pretty({ ignore: 'request', singleLine: true, translateTime: 'SYS:HH:MM:ss', sync: true })
