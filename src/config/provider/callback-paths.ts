import { decodedPath, isPlainPath } from '../app/public-url.js'
import { quoted } from '../errors.js'
import type { SettingsReader } from '../reader.js'
import { settingOf } from '../settings.js'

// The first segments of our own routes.
const OWN_FIRST_SEGMENTS = new Set([
  'login',
  'logout',
  'signed-out',
  'profile',
  'account',
  'api',
  'health',
  'assets',
  'forward-auth',
  'flow-inspector',
])

/** <NAME>_CALLBACK_PATH: where this provider redirects users to, after BASE_PATH. */
export function readCallbackPath(reader: SettingsReader, provider: string): string {
  const setting = settingOf(provider, 'CALLBACK_PATH')
  const standard = `/oauth/${provider}/callback`
  const path = reader.value(setting)
  if (path === undefined || path === standard) return standard
  const problem = problemOfCallbackPath(path)
  if (problem) reader.addIssue(setting, `is ${quoted(path)}; ${problem}`)
  return path
}

function problemOfCallbackPath(path: string): string | undefined {
  if (!isPlainPath(path)) return 'write a path such as /auth/callback, of letters, digits and . _ ~ -'
  // The router ignores the case too.
  const segments = path.toLowerCase().split('/').slice(1)
  return OWN_FIRST_SEGMENTS.has(segments[0] ?? '')
    ? `/${segments[0]} is a page of this app; write another path`
    : undefined
}

/**
 * A path that belongs to a provider of PROVIDERS by its name is reserved for it, also where that provider has another
 * callback path.
 */
function problemOfReservedPath(path: string, provider: string, names: readonly string[]): string | undefined {
  const [, name = '', end] = /^\/oauth\/([^/]+)\/(callback|backchannel-logout)$/.exec(path.toLowerCase()) ?? []
  if (!names.includes(name)) return undefined
  if (end === 'backchannel-logout') return `that path is for the logout tokens of ${name}; write another one`
  return name === provider ? undefined : 'that path belongs to another provider; write another one'
}

interface AppPaths {
  basePath: string
  homePath: string
}

/**
 * Reports each callback path that belongs to another provider, that two providers share, or that HOME_PATH leads to.
 */
export function checkCallbackPaths(
  reader: SettingsReader,
  paths: readonly { name: string; callbackPath: string }[],
  { basePath, homePath }: AppPaths,
): void {
  const home = toComparablePath(basePath + (decodedPath(homePath) ?? ''))
  const owners = new Map<string, string>()
  const names = paths.map(({ name }) => name)
  for (const { name, callbackPath } of paths) {
    const setting = settingOf(name, 'CALLBACK_PATH')
    const path = callbackPath.toLowerCase()
    const problem = problemOfReservedPath(path, name, names)
    if (problem) {
      reader.addIssue(setting, `is ${quoted(callbackPath)}; ${problem}`)
      continue
    }
    const owner = owners.get(path)
    if (owner) reader.addIssue(setting, `is ${quoted(callbackPath)}, as for ${owner}; each needs its own`)
    owners.set(path, owner ?? name)
    // HOME_PATH must not be a callback, with or without BASE_PATH in front.
    const hasIssue = reader.issues.some(issue => issue.setting === setting || issue.setting === 'HOME_PATH')
    if (!hasIssue && [callbackPath, basePath + callbackPath].some(each => home.startsWith(toComparablePath(each)))) {
      reader.addIssue(setting, `is ${quoted(callbackPath)}, and HOME_PATH leads there, so each sign-in would end at it`)
    }
  }
}

/** A form to compare whole segments in; it ignores the case and doubled slashes. */
const toComparablePath = (path: string): string => `/${path.toLowerCase().split('/').filter(Boolean).join('/')}/`
