import { quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import type { Config } from '../types.js'
import { readChoice, readDurationMs } from '../value-readers.js'

const DAY_MS = 86_400_000

/** Every parser of cookies accepts letters, digits and hyphens. A longer name would leave less space for the values. */
const COOKIE_PREFIX = /^[a-z][a-z0-9-]{0,39}$/i
/** The development provider's own cookies, which can be on the same host. */
const DEVELOPMENT_COOKIES = /^dev-provider/i

/** COOKIE_PREFIX, without `__Host-` and `__Secure-`, which the app adds. */
export function readCookiePrefix(reader: SettingsReader): string | undefined {
  const prefix = reader.value('COOKIE_PREFIX')
  if (prefix === undefined) return undefined
  if (!COOKIE_PREFIX.test(prefix)) {
    const wanted = 'write a letter, then at most 39 letters, digits and hyphens, like intranet-login'
    return reader.addIssue('COOKIE_PREFIX', `is ${quoted(prefix)}; ${wanted}`)
  }
  if (DEVELOPMENT_COOKIES.test(prefix)) {
    return reader.addIssue(
      'COOKIE_PREFIX',
      `is ${quoted(prefix)}, as the development provider's own; write another one`,
    )
  }
  return prefix
}

/** SESSION_IDLE, SESSION_LIFETIME and SESSION_PERMANENT. */
export function readSession(reader: SettingsReader): Config['session'] {
  const idle = readDurationMs(reader, 'SESSION_IDLE')
  const lifetime = readDurationMs(reader, 'SESSION_LIFETIME') ?? 30 * DAY_MS
  const session = {
    // A shorter lifetime shortens the default idle time too.
    idle: idle ?? Math.min(7 * DAY_MS, lifetime),
    lifetime,
    permanent: readChoice(reader, 'SESSION_PERMANENT', ['true', 'false']) !== 'false',
  }
  if (session.idle > session.lifetime) {
    const [idleText, lifetimeText = '30d'] = [reader.value('SESSION_IDLE'), reader.value('SESSION_LIFETIME')]
    const found = `is "${idleText}", longer than SESSION_LIFETIME, which is ${lifetimeText}`
    reader.addIssue('SESSION_IDLE', `${found}; write ${lifetimeText} at most, or set SESSION_LIFETIME=${idleText}`)
  }
  return session
}
