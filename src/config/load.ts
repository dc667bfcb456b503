import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { randomId, randomToken } from '../crypto/random.js'
import { readListen } from './app/listen.js'
import { readBasePath, readPublicUrl } from './app/public-url.js'
import { HOW_TO_MAKE_KEY, problemOfKey } from './app/secret-keys.js'
import { decodeText, type FileContent, readEnvText } from './env-file.js'
import { ConfigError, type ConfigIssue, joinWords, quoted } from './errors.js'
import { type ParsedConfig, parse } from './parse.js'
import { readCallbackPath } from './provider/callback-paths.js'
import { createReader, type EnvFile, type EnvValues, type Sources } from './reader.js'
import { findSetting, settingOf } from './settings.js'
import type { PresetCatalog } from './types.js'
import { localOrigin } from './value-readers.js'

const MAX_FILE_BYTES = 65_536

/**
 * Reads and checks the settings of the environment: the process environment, then `env/<ENVIRONMENT>/.env.secret`,
 * then `env/<ENVIRONMENT>/.env`.
 * @param root the folder that `env/`, `var/` and relative paths are in
 * @throws ConfigError with every issue
 */
export function load(root: string, catalog: PresetCatalog, env: EnvValues = process.env): ParsedConfig {
  const { config, warnings } = parse(readSources(root, env), catalog)
  return {
    config: {
      ...config,
      databaseUrl: withAbsoluteSqlitePath(root, config.databaseUrl),
      secretKeys: config.secretKeys.length > 0 ? config.secretKeys : [localSecretKey(root)],
    },
    warnings: [...warnings, ...extraCaWarnings(env)],
  }
}

/** Node only prints a warning about a file that it cannot read, and continues without it. */
function extraCaWarnings({ NODE_EXTRA_CA_CERTS: path }: EnvValues): ConfigIssue[] {
  const problem = path ? problemOfCertificates(path) : undefined
  if (problem === undefined) return []
  const text = `names ${quoted(path ?? '')}, which ${problem}; no certificate of it is trusted`
  return [{ setting: 'NODE_EXTRA_CA_CERTS', text }]
}

function problemOfCertificates(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').includes('-----BEGIN ') ? undefined : 'has no certificate in PEM'
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? DOES_NOT_EXIST : `cannot be read (${codeOf(error)})`
  }
}

/** The URL of the app. It is known also while other settings are missing or wrong. */
export interface AppUrl {
  environment: string
  /** Without a trailing slash, BASE_PATH included. */
  url: string
}

/** What the settings already say about a provider. */
export interface KnownProviderSettings {
  preset: string | undefined
  protocol: string | undefined
  callbackPath: string
}

/**
 * Reads the URL of the app and what is set for one provider, and checks nothing else.
 * @throws ConfigError
 */
export function loadAppUrl(
  root: string,
  provider: string,
  env: EnvValues = process.env,
): AppUrl & KnownProviderSettings {
  const sources = readSources(root, env)
  const reader = createReader(sources)
  const publicUrl = readPublicUrl(reader)
  const listen = readListen(reader, sources)
  const url = (publicUrl ?? localOrigin('port' in listen ? listen.port : undefined)) + readBasePath(reader)
  const known = {
    preset: reader.value(settingOf(provider, 'PRESET')),
    protocol: reader.value(settingOf(provider, 'PROTOCOL')),
    callbackPath: readCallbackPath(reader, provider),
  }
  if (reader.issues.length > 0) throw new ConfigError(reader.issues, [`env/${reader.environment}`])
  return { environment: reader.environment, url, ...known }
}

/** Removes what systemd wrote for this process from its environment, because a child process would use it too. */
export function clearInheritedSockets(): void {
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete process.env[name]
}

function readSources(root: string, env: EnvValues): Sources {
  const environment = readEnvironment(root, env)
  const names = ['.env.secret', '.env'].map(name => `env/${environment}/${name}`)
  const files = readEnvFiles(root, names)
  const contents = readNamedFiles(root, [env, ...files.map(({ values }) => values)])
  return { environment, process: env, pid: process.pid, files, contents }
}

function readEnvironment(root: string, env: EnvValues): string {
  const environment = env.ENVIRONMENT || 'local'
  const wanted = `write a name such as prod, of lower-case letters, digits and -`
  if (!/^[a-z][a-z0-9-]*$/.test(environment)) throwConfigError('ENVIRONMENT', `is ${quoted(environment)}; ${wanted}`)

  const folders = subfoldersOf(join(root, 'env'))
  if (folders.includes(environment)) return environment
  const remedy = folders.length > 0 ? `write ${joinWords(folders, 'or')}` : 'make it, with a file .env in it'
  return throwConfigError(
    'ENVIRONMENT',
    `is ${quoted(environment)}, but there is no folder env/${environment}; ${remedy}`,
  )
}

function subfoldersOf(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  } catch {
    return []
  }
}

/** Reads the files that exist. A file that cannot be read at all is an error by itself. */
function readEnvFiles(root: string, names: readonly string[]): EnvFile[] {
  const issues: ConfigIssue[] = []
  const files = names.flatMap((name): EnvFile[] => {
    const content = readSmallFile(join(root, name))
    if ('text' in content) return [{ name, ...readEnvText(content.text) }]
    if (content.problem !== DOES_NOT_EXIST) issues.push({ setting: name, text: content.problem })
    return []
  })
  if (issues.length > 0) throw new ConfigError(issues, names)
  return files
}

/** Reads the files that our settings name with `NAME_FILE`, and no file that a setting of another program names. */
function readNamedFiles(root: string, sources: readonly EnvValues[]): Sources['contents'] {
  const named = sources
    .flatMap(values => Object.entries(values))
    .filter(([name]) => name.endsWith('_FILE') && findSetting(name))
  const paths = named.flatMap(([, path]) => path || [])
  return new Map(paths.map(path => [path, readSmallFile(resolve(root, path))]))
}

const DOES_NOT_EXIST = 'does not exist'

function readSmallFile(path: string): FileContent {
  try {
    // Opened without blocking: a pipe would wait for its writer for ever.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = fstatSync(file)
      if (!stats.isFile()) return { problem: 'is not a file' }
      return stats.size > MAX_FILE_BYTES ? { problem: 'is too large' } : decodeText(readFileSync(file))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const code = codeOf(error)
    return { problem: code === 'ENOENT' ? DOES_NOT_EXIST : `cannot be read (${code})` }
  }
}

function withAbsoluteSqlitePath(root: string, databaseUrl: string): string {
  if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:') return databaseUrl
  return `sqlite:${resolve(root, databaseUrl.slice('sqlite:'.length))}`
}

/** The key of environment local, which is kept in a file, so that sessions survive a restart. */
function localSecretKey(root: string): string {
  const path = join(root, 'var/secret-keys')
  const existing = readSmallFile(path)
  if ('problem' in existing && existing.problem === DOES_NOT_EXIST) makeSecretKey(path)
  // Read again: when two processes start together, one of them makes the key, and both use it.
  const content = readSmallFile(path)
  const key = 'text' in content ? content.text.trim() : ''
  const problem = 'text' in content ? problemOfKey(key) && 'holds no key' : content.problem
  return problem
    ? throwConfigError('SECRET_KEYS', `is kept in var/secret-keys, which ${problem}; remove that file`)
    : key
}

/** Makes a key if the file does not exist. An existing key is never replaced, also when another process has just made it. */
export function makeSecretKey(path: string): void {
  const temporaryPath = `${path}.${randomId()}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(temporaryPath, `${randomToken()}\n`, { mode: 0o600, flag: 'wx' })
    // A link is atomic, and never replaces a file.
    linkSync(temporaryPath, path)
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'EEXIST') {
      throwConfigError('SECRET_KEYS', `is missing, and var/secret-keys cannot be made (${code}); ${HOW_TO_MAKE_KEY}`)
    }
  } finally {
    rmSync(temporaryPath, { force: true })
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown')

function throwConfigError(setting: string, text: string): never {
  throw new ConfigError([{ setting, text }], ['the process environment'])
}
