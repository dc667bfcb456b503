import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { openDatabase } from '../../../src/store/db/database.js'
import { type DatabaseLocation, parseDatabaseUrl } from '../../../src/store/db/database-location.js'
import { StoreError, storeError } from '../../../src/store/db/errors.js'
import { migrateLatest } from '../../../src/store/db/migrations.js'
import { createSql } from '../../../src/store/db/sql.js'
import { type Postgres, runSql, startPostgres } from '../../support/postgres.js'

const PASSWORD = 'hunter2-hunter2'

/** What a query on a database fails with. */
async function failureOf(url: string, limits?: Parameters<typeof openDatabase>[1]): Promise<string> {
  try {
    const db = openDatabase(url, limits)
    try {
      await createSql(db)('select 1')
    } finally {
      await db.destroy()
    }
  } catch (error) {
    assert.ok(error instanceof StoreError)
    const shown = inspect(error, { depth: 10, showHidden: true })
    assert.ok(!shown.includes(PASSWORD), shown)
    return error.message
  }
  return assert.fail('The database answered')
}

describe('B-32: A PostgreSQL that cannot be used', () => {
  let postgres: Postgres
  let server: string
  before(async () => {
    postgres = await startPostgres()
    server = new URL(postgres.url).host
  })
  after(() => postgres.stop())

  /** The URL of the server with something spoiled. */
  const urlWith = (spoil: (url: URL) => void): string => {
    const url = new URL(postgres.url)
    spoil(url)
    return url.href
  }

  test('B-32 a PostgreSQL that cannot be used is named with host and port where nothing listens', async () => {
    assert.equal(
      await failureOf(`postgres://me:${PASSWORD}@127.0.0.1:1/vestibule`),
      'PostgreSQL at 127.0.0.1:1 cannot be reached (ECONNREFUSED); DATABASE_URL names it: is it running?',
    )
  })

  test('B-32 a PostgreSQL that cannot be used that takes the connection and says nothing is not reached in time', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    assert.equal(
      await failureOf(`postgres://me:${PASSWORD}@127.0.0.1:${port}/x`, { connectMs: 50, socketMs: 1_000 }),
      `PostgreSQL at 127.0.0.1:${port} cannot be reached in time; is it running, and does a firewall let its port through?`,
    )
    silent.close()
  })

  test('B-32 a PostgreSQL that cannot be used that refuses the password leads to DATABASE_URL and to percent-encoding', async () => {
    assert.equal(
      await failureOf(urlWith(url => Object.assign(url, { password: PASSWORD }))),
      `PostgreSQL at ${server} refused the password of DATABASE_URL for the user postgres (28P01); write the right one; signs such as # / ? % @ : in it have to be percent-encoded`,
    )
  })

  test('B-32 a PostgreSQL that cannot be used that asks for a password that is not there says so', async () => {
    assert.equal(
      await failureOf(urlWith(url => Object.assign(url, { password: '' }))),
      `PostgreSQL at ${server} asks for a password, and DATABASE_URL has none; write postgres://user:password@host/database`,
    )
  })

  test('B-32 a PostgreSQL that cannot be used that has no such database names it', async () => {
    assert.equal(
      await failureOf(urlWith(url => Object.assign(url, { pathname: '/nowhere' }))),
      `PostgreSQL at ${server} has no database nowhere (3D000); create it, or name another one in DATABASE_URL`,
    )
  })

  test('B-32 a PostgreSQL that cannot be used that does not speak TLS says that DATABASE_URL asks for it', async () => {
    assert.equal(
      await failureOf(urlWith(url => Object.assign(url, { search: '?sslmode=require' }))),
      `PostgreSQL at ${server} does not speak TLS, which DATABASE_URL asks for; switch TLS on there, or, if the network to it is private, write sslmode=disable`,
    )
  })

  test('B-32 a PostgreSQL that cannot be used whose certificate file is missing names the path', async () => {
    assert.equal(
      await failureOf(urlWith(url => Object.assign(url, { search: '?sslrootcert=/nowhere/ca.pem' }))),
      'The certificate or key file /nowhere/ca.pem, which DATABASE_URL names, cannot be read (ENOENT); look at the path, and at who may read it',
    )
  })

  test('B-32 a PostgreSQL that cannot be used that gives a user too few rights names user and database, also at the migrations', async () => {
    const url = new URL(await postgres.freshDatabase())
    const name = `role_${Date.now().toString(36)}`
    await runSql(postgres.url, `create role ${name} login password '${PASSWORD}'`)
    Object.assign(url, { username: name, password: PASSWORD })
    const db = openDatabase(url.href)
    try {
      const error = await migrateLatest(db).catch(String)
      const database = url.pathname.slice(1)
      const remedy = 'grant them, for example by making that user the owner of the database'
      const reported = `PostgreSQL at ${server} gives the user ${name} too few rights on the database ${database} (42501); ${remedy}`
      assert.equal(error, `MigrationError: The migration failed and was undone. ${reported}`)
    } finally {
      await db.destroy()
      await runSql(postgres.url, `drop role ${name}`)
    }
  })
})

/** Errors as the drivers throw them, which no server here can be brought to. */
const AT = parseDatabaseUrl(`postgres://me:${PASSWORD}@db.example/vestibule`)
const thrown = (message: string, code?: string) => Object.assign(new Error(message), code && { code })
const MESSAGES: readonly (readonly [error: Error, message: RegExp, place?: DatabaseLocation])[] = [
  [
    thrown('no pg_hba.conf entry for host "10.0.0.1", user "me", database "vestibule", no encryption', '28000'),
    /^PostgreSQL at db\.example:5432 lets the user me in with TLS only \(28000\); add \?sslmode=require to DATABASE_URL$/,
  ],
  [
    thrown('role "me" does not exist', '28000'),
    /^PostgreSQL at db\.example:5432 does not let the user me in \(28000\); look at the user of DATABASE_URL, and at/,
  ],
  [
    thrown('getaddrinfo ENOTFOUND db.example', 'ENOTFOUND'),
    /^The host db\.example of DATABASE_URL has no address \(ENOTFOUND\); check its spelling/,
  ],
  [thrown('sorry, too many clients already', '53300'), /has no connection left \(53300\); raise its max_connections/],
  [thrown('the database system is starting up', '57P03'), /is starting or stopping \(57P03\); wait until it is up$/],
  [thrown('Connection terminated unexpectedly'), /closed the connection; is it being restarted\?/],
  [
    thrown('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN'),
    /has a certificate of a CA that is not known here \(SELF_SIGNED_CERT_IN_CHAIN\); add sslrootcert=.* NODE_EXTRA_CA_CERTS$/,
  ],
  [
    thrown('x', 'ERR_TLS_CERT_ALTNAME_INVALID'),
    /a certificate for another host name .*; write the name that it is for/,
  ],
  [thrown('x', 'CERT_HAS_EXPIRED'), /a certificate that is not valid now \(CERT_HAS_EXPIRED\); renew it/],
  [thrown(`unknown ${PASSWORD}`), /^The database did not answer a query \(Error\)$/],
  [thrown(`unknown ${PASSWORD}`, 'XX000'), /^The database did not answer a query \(XX000\)$/],
]

for (const [error, message, place = AT] of MESSAGES) {
  test(`B-32: a cause of PostgreSQL is told with its place and remedy: ${message.source.slice(0, 60)}`, () => {
    assert.match(storeError(error, place).message, message)
  })
}

test('the place of a PostgreSQL is what the driver makes of the URL, without the password', () => {
  const places = {
    'postgres://me:p@db:1/x': { host: 'db', server: 'db:1', user: 'me', database: 'x' },
    'postgres:///x?host=/run/postgresql': { host: '/run/postgresql', server: '/run/postgresql', database: 'x' },
    'postgres://m%40e:p@%2Frun%2Fpg/x': { host: '/run/pg', server: '/run/pg', user: 'm@e', database: 'x' },
    'postgres://[::1]': { host: '[::1]', server: '[::1]:5432' },
  }
  for (const [url, place] of Object.entries(places)) {
    assert.deepEqual(parseDatabaseUrl(url), { kind: 'postgres', user: undefined, database: undefined, ...place }, url)
  }
})

describe('B-32: An SQLite file that cannot be used', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vestibule-messages-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('B-32 an SQLite file that cannot be used is named where it is a folder', async () => {
    const path = join(folder, 'folder')
    mkdirSync(path)
    assert.equal(
      await failureOf(`sqlite:${path}`),
      `${path} is a folder (EISDIR); let DATABASE_URL name a file in it, like sqlite:${path}/vestibule.db`,
    )
  })

  test('B-32 an SQLite file that cannot be used is named where its folder is a file', async () => {
    const path = join(folder, 'plain')
    writeFileSync(path, '')
    assert.match(
      await failureOf(`sqlite:${path}/x.db`),
      /^The folder of the database file .*\/plain\/x\.db cannot be made, because a file has its name \((EEXIST|ENOTDIR)\); /,
    )
  })

  test('B-32 an SQLite file that cannot be used is named where it is not a database', async () => {
    const path = join(folder, 'text.db')
    writeFileSync(path, 'this is not a database, and it is long enough to be looked at'.repeat(20))
    assert.equal(
      await failureOf(`sqlite:${path}`),
      `The database file ${path} is not an SQLite database (SQLITE_NOTADB); let DATABASE_URL name the right file, or restore it from a backup`,
    )
  })

  test('B-32 an SQLite file that cannot be used is named where it may not be read', {
    skip: process.getuid?.() === 0 && 'root may read everything',
  }, async () => {
    const path = join(folder, 'closed.db')
    writeFileSync(path, '')
    chmodSync(path, 0o000)
    assert.match(
      await failureOf(`sqlite:${path}`),
      /^The database file .*closed\.db cannot be opened \(EACCES\); let the user/,
    )
  })

  const file = { kind: 'sqlite', path: '/srv/x.db' } as const
  const causes = {
    SQLITE_CANTOPEN:
      /^The database file \/srv\/x\.db cannot be opened \(SQLITE_CANTOPEN\); let the user that Vestibule/,
    EACCES: /cannot be opened \(EACCES\); let the user/,
    SQLITE_READONLY_DBMOVED: /cannot be written \(SQLITE_READONLY_DBMOVED\); let the user/,
    SQLITE_FULL: /cannot grow, because the disk is full \(SQLITE_FULL\); make room$/,
    SQLITE_CORRUPT_INDEX: /is damaged \(SQLITE_CORRUPT_INDEX\); stop Vestibule and restore/,
    SQLITE_BUSY: /is locked by another program \(SQLITE_BUSY\); end that program/,
    SQLITE_IOERR_WRITE: /could not be read or written \(SQLITE_IOERR_WRITE\); look at the disk/,
    ENOENT: /is gone \(ENOENT\); bring it back/,
  }
  for (const [code, message] of Object.entries(causes)) {
    test(`B-32 an SQLite file that cannot be used is named, with the remedy, at ${code}`, () => {
      assert.match(storeError(thrown('x', code), file).message, message)
    })
  }
})

describe('B-30: A driver that was compiled for another Node', () => {
  const place = { kind: 'sqlite', path: '/srv/x.db' } as const
  const remedy = 'with this Node run: npm rebuild better-sqlite3, or npm ci'
  const here = `Node ${process.versions.node}`

  test('B-30 a driver that was compiled for another Node is told with both versions and the command', () => {
    const message = (built: number) =>
      `The module '/x/better_sqlite3.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION ${built}. This version of Node.js requires\nNODE_MODULE_VERSION 137.`
    assert.equal(
      storeError(thrown(message(115), 'ERR_DLOPEN_FAILED'), place).message,
      `better-sqlite3 was compiled for Node 20, and this is ${here} (ERR_DLOPEN_FAILED); ${remedy}`,
    )
    assert.match(
      storeError(thrown(message(999), 'ERR_DLOPEN_FAILED'), place).message,
      /another Node \(module version 999\)/,
    )
  })

  test('B-30 a driver that was compiled for another Node is told also where the file is no module of this machine, or missing', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'vestibule-module-')), 'better_sqlite3.node')
    writeFileSync(path, 'no module')
    const error = (() => {
      try {
        return process.dlopen({ exports: {} }, path)
      } catch (error) {
        return error
      }
    })()
    assert.equal(
      storeError(error, place).message,
      `The compiled part of better-sqlite3 cannot be loaded by ${here} on this machine (ERR_DLOPEN_FAILED); ${remedy}`,
    )
    const missing = thrown('Could not locate the bindings file. Tried:\n → /x/build/better_sqlite3.node')
    assert.equal(
      storeError(missing, place).message,
      `The compiled part of better-sqlite3 is missing (this is ${here}); ${remedy}`,
    )
  })
})
