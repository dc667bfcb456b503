declare const brand: unique symbol

/** A path on our own origin that a browser may be redirected to, percent-encoded. Only `createReturnPaths` makes it. */
export type SafePath = string & { readonly [brand]: 'SafePath' }

export interface ReturnPaths {
  /** The value as a safe path; `undefined` for a path that is not safe, or a value that is not a text. Never throws. */
  read(value: unknown): SafePath | undefined
  /** Where a sign-in without a return path ends. */
  home: SafePath
  orHome(value: unknown): SafePath
}

export interface ReturnPathOptions {
  /** PUBLIC_URL */
  publicUrl: string
  /** Empty, or `/prefix`. */
  basePath: string
  homePath: string
  /** More paths that a browser must not be redirected to, such as callback paths from the settings. */
  reserved: readonly string[]
}

const MAX_PATH_CHARS = 1024

/** A redirect to these would loop, or act for the user. */
const OWN_PATHS = ['/login', '/logout', '/oauth', '/signed-out']

/** URL parsers remove these characters, or read them as slashes; marks of direction make a path look like another one. Joiners are text. */
const UNSAFE_CHARS = /[\s\\\p{Cc}\p{Z}]|(?![\u200c\u200d])\p{Cf}/u

/** The only function that decides where a browser may be redirected to. */
export function createReturnPaths({ publicUrl, basePath, homePath, reserved }: ReturnPathOptions): ReturnPaths {
  const { origin } = new URL(publicUrl)
  const own = [...OWN_PATHS, ...reserved].flatMap(path => [path, basePath + path]).map(comparable)

  let home: SafePath | undefined

  function read(value: unknown): SafePath | undefined {
    // The most frequent value, which was checked when the app was built.
    if (value === home) return home
    const url = parse(value, origin)
    if (url === undefined) return undefined
    // The parser returns another text than the one that was checked, so the result is checked too: "/.//evil" becomes "//evil".
    const path = pathOf(url)
    const reparsed = parse(path, origin)
    if (reparsed === undefined || pathOf(reparsed) !== path) return undefined
    const forms = decodedForms(url)
    if (forms === undefined || forms.some(form => form.startsWith('//'))) return undefined
    const isOwn = forms.some(form => own.some(path => comparable(form).startsWith(path)))
    return isOwn ? undefined : (path as SafePath)
  }

  const safeHome = read(basePath + homePath)
  if (safeHome === undefined) throw new Error(`HOME_PATH is "${homePath}", which a browser must not be redirected to`)
  home = safeHome
  return { read, home: safeHome, orHome: value => read(value) ?? safeHome }
}

function parse(value: unknown, origin: string): URL | undefined {
  if (typeof value !== 'string' || value.length > MAX_PATH_CHARS) return undefined
  if (!/^\/(?!\/)/.test(value) || UNSAFE_CHARS.test(value)) return undefined
  const url = new URL(value, origin)
  // This is the rule. No text is known that passes the stricter check above and fails here.
  return url.origin === origin ? url : undefined
}

const pathOf = (url: URL): string => url.pathname + url.search + url.hash

/** The decoded path, and the path that a proxy gets that resolves dots after decoding; undefined if it contains unsafe characters. */
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

/** For comparing whole segments, without regard to upper case and repeated slashes. */
const comparable = (path: string): string => `/${path.toLowerCase().split('/').filter(Boolean).join('/')}/`
