import type { DatabaseLocation } from './database-location.js'

/** What happened, and what the operator can do about it. */
type Cause = readonly [what: string, remedy: string]
type ErrorPattern<Location> = readonly [pattern: RegExp, cause: (location: Location) => Cause]
type Sqlite = Extract<DatabaseLocation, { kind: 'sqlite' }>
/** `file`: the file that could not be opened. */
type Postgres = Extract<DatabaseLocation, { kind: 'postgres' }> & { file?: string }

const PERMISSIONS_REMEDY = 'let the user that Vestibule runs as read and write it and its folder'

/** The pattern matches the driver's code, or the driver's message if there is no code. */
const SQLITE_ERRORS: readonly ErrorPattern<Sqlite>[] = [
  [
    /^(EISDIR|SQLITE_CANTOPEN_ISDIR)$/,
    ({ path }) => [`${path} is a folder`, `let DATABASE_URL name a file in it, like sqlite:${path}/vestibule.db`],
  ],
  [
    /^(ENOTDIR|EEXIST)$/,
    ({ path }) => [
      `The folder of the database file ${path} cannot be made, because a file has its name`,
      'let DATABASE_URL name another path',
    ],
  ],
  [/^ENOENT$/, ({ path }) => [`The database file ${path} is gone`, 'bring it back, or start again for a new one']],
  [/^(SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EPERM)/, file => [`${fileOf(file)} cannot be opened`, PERMISSIONS_REMEDY]],
  [/^(SQLITE_READONLY|EROFS)/, file => [`${fileOf(file)} cannot be written`, PERMISSIONS_REMEDY]],
  [/^(SQLITE_FULL|ENOSPC|EDQUOT)/, file => [`${fileOf(file)} cannot grow, because the disk is full`, 'make room']],
  [
    /^SQLITE_NOTADB/,
    file => [
      `${fileOf(file)} is not an SQLite database`,
      'let DATABASE_URL name the right file, or restore it from a backup',
    ],
  ],
  [/^SQLITE_CORRUPT/, file => [`${fileOf(file)} is damaged`, 'stop Vestibule and restore the file from a backup']],
  [
    /^(SQLITE_BUSY|SQLITE_LOCKED)/,
    file => [`${fileOf(file)} is locked by another program`, 'end that program, or wait until it is done'],
  ],
  [/^KnexTimeoutError$/, file => [`${fileOf(file)} has been busy for five seconds`, 'look for what keeps it busy']],
  [
    /^(SQLITE_IOERR|EIO)/,
    file => [`${fileOf(file)} could not be read or written`, 'look at the disk and at the system log of this machine'],
  ],
]

const UNKNOWN_CA_REMEDY = 'add sslrootcert=/path/to/ca.pem to DATABASE_URL, or name that file in NODE_EXTRA_CA_CERTS'

const POSTGRES_ERRORS: readonly ErrorPattern<Postgres>[] = [
  [/^ECONNREFUSED$/, at => [`${serverOf(at)} cannot be reached`, 'DATABASE_URL names it: is it running?']],
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    ({ host }) => [
      `The host ${host} of DATABASE_URL has no address`,
      'check its spelling, and the name service (DNS) of this machine',
    ],
  ],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$|^timeout expired$|^Connection terminated due to connection timeout$/,
    at => [`${serverOf(at)} cannot be reached in time`, 'is it running, and does a firewall let its port through?'],
  ],
  [
    /^(ECONNRESET|EPIPE|57P01|57P02)$|^Connection terminated|^The database server stopped responding$/,
    at => [`${serverOf(at)} closed the connection`, 'is it being restarted? Its own log says more'],
  ],
  [/^57P03$/, at => [`${serverOf(at)} is starting or stopping`, 'wait until it is up']],
  [
    /^28P01$/,
    at => [
      `${serverOf(at)} refused the password of DATABASE_URL for the user ${userOf(at)}`,
      'write the right one; signs such as # / ? % @ : in it have to be percent-encoded',
    ],
  ],
  [
    /^SASL: .*client password must be a/,
    at => [
      `${serverOf(at)} asks for a password, and DATABASE_URL has none`,
      'write postgres://user:password@host/database',
    ],
  ],
  [
    /^28000 without TLS$/,
    at => [`${serverOf(at)} lets the user ${userOf(at)} in with TLS only`, 'add ?sslmode=require to DATABASE_URL'],
  ],
  [
    /^28000$/,
    at => [
      `${serverOf(at)} does not let the user ${userOf(at)} in`,
      "look at the user of DATABASE_URL, and at the server's pg_hba.conf",
    ],
  ],
  [
    /^3D000$/,
    at => [`${serverOf(at)} has no database ${databaseOf(at)}`, 'create it, or name another one in DATABASE_URL'],
  ],
  [
    /^42501$/,
    at => [
      `${serverOf(at)} gives the user ${userOf(at)} too few rights on the database ${databaseOf(at)}`,
      'grant them, for example by making that user the owner of the database',
    ],
  ],
  [
    /^53300$/,
    at => [
      `${serverOf(at)} has no connection left`,
      'raise its max_connections; each instance of Vestibule takes up to ten',
    ],
  ],
  [/^53100$/, at => [`${serverOf(at)} has no room left on its disk`, 'make room there']],
  [/^25006$/, at => [`${serverOf(at)} cannot be written`, 'let DATABASE_URL name the primary server, not a standby']],
  [
    /^KnexTimeoutError$/,
    at => [`All ten connections to ${serverOf(at)} have been busy for five seconds`, 'look for what keeps it busy'],
  ],
  [
    /^The server does not support SSL connections$/,
    at => [
      `${serverOf(at)} does not speak TLS, which DATABASE_URL asks for`,
      'switch TLS on there, or, if the network to it is private, write sslmode=disable',
    ],
  ],
  [
    /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)/,
    at => [`${serverOf(at)} has a certificate of a CA that is not known here`, UNKNOWN_CA_REMEDY],
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    at => [
      `${serverOf(at)} has a certificate for another host name`,
      'write the name that it is for into DATABASE_URL',
    ],
  ],
  [
    /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    at => [`${serverOf(at)} has a certificate that is not valid now`, "renew it, or set this machine's clock right"],
  ],
  [
    /^(ENOENT|EACCES|EISDIR|ENOTDIR) file$/,
    ({ file }) => [
      `The certificate or key file ${file}, which DATABASE_URL names, cannot be read`,
      'look at the path, and at who may read it',
    ],
  ],
  [
    /^(ENOENT|EACCES|ENOTDIR)$/,
    at => [`The socket file of PostgreSQL in ${at.host} cannot be opened`, 'DATABASE_URL names it: is it running?'],
  ],
  [
    /^ERR_OSSL_/,
    () => ['A certificate or key file that DATABASE_URL names is not PEM', 'write the paths of the right files'],
  ],
]

/**
 * Why a query failed, with the location of the database and a remedy; undefined if the cause is not known. The driver's
 * own message is never repeated, because it can hold values and passwords.
 * @param code the driver's error code
 */
export function describeDriverError(
  error: unknown,
  code: string,
  location: DatabaseLocation | undefined,
): string | undefined {
  const cause = nativeModuleProblem(error) ?? (location && causeOf(error, code, location))
  if (!cause) return undefined
  const [what, remedy] = cause
  return `${what}${/^[A-Z0-9_]+$/.test(code) ? ` (${code})` : ''}; ${remedy}`
}

function causeOf(error: unknown, code: string, location: DatabaseLocation): Cause | undefined {
  const key = keyOf(error, code)
  if (location.kind === 'sqlite') return findCause(SQLITE_ERRORS, key, location)
  const file = unreadableFileOf(error)
  return file === undefined
    ? findCause(POSTGRES_ERRORS, key, location)
    : findCause(POSTGRES_ERRORS, `${code} file`, { ...location, file })
}

const findCause = <Location>(
  patterns: readonly ErrorPattern<Location>[],
  key: string,
  location: Location,
): Cause | undefined => patterns.find(([pattern]) => pattern.test(key))?.[1](location)

/** What the patterns match. Some codes mean several things, and some errors have no code. */
function keyOf(error: unknown, code: string): string {
  if (!(error instanceof Error)) return code
  if (code === '28000' && /no encryption|SSL off/.test(error.message)) return '28000 without TLS'
  return 'code' in error || code === 'KnexTimeoutError' ? code : error.message
}

/** The path of a file that could not be read. A socket file is connected to, not read. */
function unreadableFileOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error && 'path' in error)) return undefined
  return typeof error.path === 'string' && error.syscall !== 'connect' ? error.path : undefined
}

const fileOf = ({ path }: Sqlite) => (path === ':memory:' ? 'The database in memory' : `The database file ${path}`)
const serverOf = ({ server }: Postgres) => `PostgreSQL at ${server}`
const userOf = ({ user }: Postgres) => user ?? '(none in DATABASE_URL)'
const databaseOf = ({ database }: Postgres) => database ?? '(none in DATABASE_URL)'

/** The Node version for each version of the binary interface that native modules are compiled for. */
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

/** Why the native module of better-sqlite3 cannot be loaded; most often it was compiled for another Node. */
function nativeModuleProblem(error: unknown): Cause | undefined {
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
