import { readFileSync } from 'node:fs'

const file = new URL('../../../test/fixtures/hostile-return-paths.txt', import.meta.url)

/** The corpus: one JSON string a line, comments begin with #. */
export const hostilePaths: readonly string[] = readFileSync(file, 'utf8')
  .split('\n')
  .filter(line => line.startsWith('"'))
  .map(line => String(JSON.parse(line)))

/** Where a browser goes when a page of `origin` answers with this Location, and what is wrong with that. */
export function wrongWith(location: string, origin: string, reserved: readonly string[]): string | undefined {
  const target = new URL(location, `${origin}/oauth/github/callback?code=x`)
  if (target.origin !== origin) return `leads to ${target.origin}`
  if (target.username !== '' || target.password !== '') return 'carries user information'
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(location)) return 'is not plain ASCII behind one slash'
  if (target.pathname + target.search + target.hash !== location) return 'is rewritten by a browser'
  const place = decodeURIComponent(target.pathname).toLowerCase()
  const met = reserved.find(path => place === path || place.startsWith(`${path}/`))
  return met && `leads to ${met}`
}
