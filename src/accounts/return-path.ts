declare const brand: unique symbol

/** A place on our own origin to send a browser to, percent-encoded. Made by `createReturnPaths` and nowhere else. */
export type SafePath = string & { readonly [brand]: 'SafePath' }

export interface ReturnPaths {
  /** The value as a safe path; `undefined` for whatever is unsafe or no text at all. Never throws. */
  read(value: unknown): SafePath | undefined
  /** Where a sign-in without a return path ends. */
  home: SafePath
  orHome(value: unknown): SafePath
}

export interface ReturnPathOptions {
  /** PUBLIC_URL */
  origin: string
  /** Empty, or `/prefix`. */
  basePath: string
  homePath: string
  /** Paths of ours beside the usual ones where nobody may be sent, such as callback paths chosen by hand. */
  reserved: readonly string[]
}

const MAX_PATH_CHARS = 1024

/** A return there would loop, or act in the person's name. */
const OWN_PATHS = ['/login', '/logout', '/oauth', '/signed-out']

/** Parsers drop, trim or turn these into slashes; marks of direction make a path look like another. Joiners are text. */
const UNSAFE_CHARS = /[\s\\\p{Cc}\p{Z}]|(?![\u200c\u200d])\p{Cf}/u

/** The one judge of where a browser may be sent. */
export function createReturnPaths({ origin: publicUrl, basePath, homePath, reserved }: ReturnPathOptions): ReturnPaths {
  const { origin } = new URL(publicUrl)
  const own = [...OWN_PATHS, ...reserved].flatMap(path => [path, basePath + path]).map(comparable)

  let home: SafePath | undefined

  function read(value: unknown): SafePath | undefined {
    // What most people want to open, and judged when the app was built.
    if (value === home) return home
    const url = parse(value, origin)
    if (url === undefined) return undefined
    // What comes out of a parser is another text than the one judged, so it is judged too: "/.//evil" is now "//evil".
    const path = pathOf(url)
    const reparsed = parse(path, origin)
    if (reparsed === undefined || pathOf(reparsed) !== path) return undefined
    const forms = decodedForms(url)
    if (forms === undefined || forms.some(reading => reading.startsWith('//'))) return undefined
    const isOwn = forms.some(reading => own.some(place => comparable(reading).startsWith(place)))
    return isOwn ? undefined : (path as SafePath)
  }

  const safeHome = read(basePath + homePath)
  if (safeHome === undefined) throw new Error(`HOME_PATH is "${homePath}", and nobody can be sent there`)
  home = safeHome
  return { read, home: safeHome, orHome: value => read(value) ?? safeHome }
}

function parse(value: unknown, origin: string): URL | undefined {
  if (typeof value !== 'string' || value.length > MAX_PATH_CHARS) return undefined
  if (!/^\/(?!\/)/.test(value) || UNSAFE_CHARS.test(value)) return undefined
  const url = new URL(value, origin)
  // The rule itself. No text is known that passes the sharper line above and fails here.
  return url.origin === origin ? url : undefined
}

const pathOf = (url: URL): string => url.pathname + url.search + url.hash

/** The path as it is decoded, and as a proxy sees it that resolves dots after that; undefined if that shows what we refuse. */
function decodedForms(url: URL): string[] | undefined {
  const decoded = decode(url.pathname)
  if (decoded === undefined || UNSAFE_CHARS.test(decoded)) return undefined
  const resolved = new URL(url)
  resolved.pathname = decoded
  return [decoded, resolved.pathname]
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/** Whole segments, whatever the case, and blind to doubled slashes. */
const comparable = (path: string): string => `/${path.toLowerCase().split('/').filter(Boolean).join('/')}/`
