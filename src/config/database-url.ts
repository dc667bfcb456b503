import type { Reading } from './sources.js'

const WANTED = 'write sqlite:<path>, sqlite::memory: or postgres://user:password@host/database'

/** DATABASE_URL as it was written; never shown, because it may carry a password. */
export function readDatabaseUrl(reading: Reading): string {
  const value = reading.value('DATABASE_URL')
  if (value === undefined) return 'sqlite:var/vestibule.db'
  const trouble = troubleWithDatabase(value)
  if (trouble) reading.fault('DATABASE_URL', `${trouble}; ${WANTED}`)
  return value
}

function troubleWithDatabase(value: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(value)) return 'has a blank or control character'
  if (/^postgres(ql)?:\/\//.test(value)) return URL.canParse(value) ? undefined : 'is no URL that can be read'
  if (!value.startsWith('sqlite:')) return 'is for no database that is known here'
  const path = value.slice('sqlite:'.length)
  if (path === ':memory:') return undefined
  if (path === '' || path.endsWith('/')) return 'names no file'
  // What looks like a host would be a folder at the root.
  if (path.startsWith('//')) return 'has // before the path'
  return path.startsWith(':') ? 'names no file' : undefined
}
