import { quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'

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
