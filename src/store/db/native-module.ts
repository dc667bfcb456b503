/** The Node of each version of the interface that compiled modules are made for. */
const NODE_VERSIONS: Readonly<Record<string, string>> = {
  '108': '18',
  '115': '20',
  '120': '21',
  '127': '22',
  '131': '23',
  '137': '24',
  '141': '25',
}

const REBUILD_REMEDY = 'with this Node run: npm rebuild better-sqlite3, or npm ci'

/** What keeps the compiled part of better-sqlite3 from being loaded: most often it is that of another Node. */
export function nativeModuleProblem(error: unknown): readonly [what: string, remedy: string] | undefined {
  if (!(error instanceof Error)) return undefined
  const here = `Node ${process.versions.node}`
  if (/^Could not locate the bindings file/.test(error.message)) {
    return [`The compiled part of better-sqlite3 is missing (this is ${here})`, REBUILD_REMEDY]
  }
  if (/^Knex: run|^Cannot find (module|package)/.test(error.message)) {
    return ['The driver of the database is not installed', 'run: npm ci']
  }
  if (!('code' in error) || error.code !== 'ERR_DLOPEN_FAILED') return undefined
  const [, moduleVersion] = /NODE_MODULE_VERSION (\d+)/.exec(error.message) ?? []
  return moduleVersion === undefined
    ? [`The compiled part of better-sqlite3 cannot be loaded by ${here} on this machine`, REBUILD_REMEDY]
    : [`better-sqlite3 was compiled for ${nodeNameOf(moduleVersion)}, and this is ${here}`, REBUILD_REMEDY]
}

const nodeNameOf = (version: string): string =>
  Object.hasOwn(NODE_VERSIONS, version) ? `Node ${NODE_VERSIONS[version]}` : `another Node (module version ${version})`
