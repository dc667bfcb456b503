import { quoted, quotedUrl } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { readOrigin } from '../value-readers.js'

const ORIGIN_EXAMPLE = 'https://login.example.org'

/** PUBLIC_URL, as an origin; undefined in local when not set. */
export function readPublicUrl(reader: SettingsReader): string | undefined {
  const url = readOrigin(reader, 'PUBLIC_URL', ORIGIN_EXAMPLE, withBasePath)
  if (reader.local) return url?.origin
  if (!url) return reader.missing('PUBLIC_URL', `; write the origin that browsers use, like ${ORIGIN_EXAMPLE}`)
  if (url.protocol === 'https:') return url.origin
  return reader.addIssue('PUBLIC_URL', `is ${quotedUrl(url.origin)}; ${reader.environment} needs https://`)
}

/** How to write a value that would be an origin if it had no path. */
function withBasePath(value: string): string | undefined {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return undefined
  const { origin, pathname, username, password, search, hash } = new URL(value)
  const path = nearestPath(pathname)
  if (path === undefined || username + password + search + hash !== '') return undefined
  return `write PUBLIC_URL=${origin} and BASE_PATH=${path}`
}

/** BASE_PATH: empty, or `/prefix` without a trailing slash. */
export function readBasePath(reader: SettingsReader): string {
  const text = reader.value('BASE_PATH')
  const value = text?.replace(/\/$/, '')
  if (!text || !value) return ''
  if (!isPlainPath(value)) {
    const near = nearestPath(text)
    const wanted = 'a path such as /auth, of letters, digits and . _ ~ -'
    reader.addIssue('BASE_PATH', `is ${quotedUrl(text)}; write ${near ?? wanted}`)
  } else if (isSignInPath(value)) {
    const page = `/${value.split('/')[1]}`
    reader.addIssue(
      'BASE_PATH',
      `is ${quoted(text)}; ${page} is a page of Vestibule, so choose another path, like /auth`,
    )
  } else {
    return value
  }
  return ''
}

/** The path that the user probably meant: the text may lack the first slash, or may be a whole URL. */
function nearestPath(text: string): string | undefined {
  const path = URL.canParse(text) && text.includes('://') ? new URL(text).pathname : text
  const near = `/${path.split('/').filter(Boolean).join('/')}`
  return isPlainPath(near) && !isSignInPath(near) ? near : undefined
}

/** Whether every parser reads the segments of a path in the same way: no encoding, no pattern, no segment of dots. */
export function isPlainPath(path: string): boolean {
  return /^(\/[A-Za-z0-9._~-]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path)
}

/** HOME_PATH: a path of this app; it may have a query. */
export function readHomePath(reader: SettingsReader): string {
  const value = reader.value('HOME_PATH')
  if (value === undefined) return '/'
  const problem = problemOfHomePath(value)
  if (problem) reader.addIssue('HOME_PATH', `is ${quoted(value)}; ${problem}`)
  return value
}

function problemOfHomePath(value: string): string | undefined {
  if (!/^\/(?!\/)[^\s\\\p{Cc}]*$/u.test(value)) return 'write a path of this app that begins with one slash, like /home'
  const path = decodedPath(value)
  if (path === undefined || /\/\/|[\s\\\p{Cc}]/u.test(path)) return 'write a path without //, backslash and blanks'
  return isSignInPath(path) ? 'a redirect to it would loop; write a page for users who are signed in' : undefined
}

/** Whether a path begins or ends a sign-in, so that a redirect to it after a sign-in would loop. */
const isSignInPath = (path: string): boolean =>
  ['login', 'logout', 'oauth', 'signed-out'].includes(path.split('/')[1]?.toLowerCase() ?? '')

// Parsed first, so that /./login and /%6cogin are recognised as /login.
export function decodedPath(value: string): string | undefined {
  try {
    return decodeURIComponent(new URL(value, 'http://localhost').pathname)
  } catch {
    return undefined
  }
}
