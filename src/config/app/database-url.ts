import type { SettingsReader } from '../reader.js'

const HOW_TO_WRITE_IT = 'write sqlite:<path>, sqlite::memory: or postgres://user:password@host/database'
const HOW_TO_ENCODE =
  'in the user name and password, percent-encode these characters: # as %23, / as %2F, ? as %3F, % as %25, @ as %40, : as %3A'

/** DATABASE_URL as it was written; never shown, because it may carry a password. */
export function readDatabaseUrl(reader: SettingsReader): string {
  const value = reader.value('DATABASE_URL')
  if (value === undefined) return 'sqlite:var/vestibule.db'
  const problem = problemOfDatabaseUrl(value)
  if (problem) reader.addIssue('DATABASE_URL', `${problem}; ${HOW_TO_WRITE_IT}`)
  return value
}

function problemOfDatabaseUrl(value: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(value)) return 'has a blank or control character'
  if (/^postgres(ql)?:\/\//.test(value)) return problemOfPostgresUrl(value)
  if (!value.startsWith('sqlite:')) return 'is for a database that is not supported'
  const path = value.slice('sqlite:'.length)
  if (path === ':memory:') return undefined
  if (path === '' || path.endsWith('/')) return 'names no file'
  // A name after // would look like a host, and be a folder at the root.
  if (path.startsWith('//')) return 'has // before the path'
  return path.startsWith(':') ? 'names no file' : undefined
}

/** Where a character of the password ends the host, the rest may still be a valid URL, with another host. */
function problemOfPostgresUrl(value: string): string | undefined {
  if (!URL.canParse(value)) return `is no URL that can be read (${HOW_TO_ENCODE})`
  const { username, password, pathname, search } = new URL(value)
  if (value.includes('#')) return `has # in it, and what follows # is ignored (${HOW_TO_ENCODE})`
  const isCut = username + password === '' && /@/.test(pathname + search)
  if (isCut || pathname.includes('@')) return `has @ after the host (${HOW_TO_ENCODE})`
  const isEncoded = [username, password, pathname].every(part => canDecode(part))
  return isEncoded ? undefined : `has % without two hexadecimal digits after it (${HOW_TO_ENCODE})`
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
