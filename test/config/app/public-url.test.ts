import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback } from '../../../src/config/value-readers.js'
import { assertIssues, inLocal, inProd, issuesInLocal, issuesInProd, warningsOf } from '../parse-settings.js'

const ORIGIN_ALONE =
  'write only scheme and host, like https://login.example.org, with no path, query, fragment or user name'

test('CF-02 a public URL that is more or less than an origin is refused', () => {
  const shown: [value: string, as: string][] = [
    ['https://login.acme.test//', 'https://login.acme.test//'],
    ['https://login.acme.test?a=b', 'https://login.acme.test?...'],
    ['https://login.acme.test?', 'https://login.acme.test?'],
    ['https://login.acme.test/#x', 'https://login.acme.test/#...'],
    ['https://ada:pw@login.acme.test', 'https://...@login.acme.test'],
    ['https://', 'https://'],
    ['https:///login.acme.test', 'https:///login.acme.test'],
    ['https:login.acme.test', 'https:login.acme.test'],
    ['https://login.acme.test:99999', 'https://login.acme.test:99999'],
    ['https://login acme.test', 'https://login acme.test'],
    ['https:\\\\login.acme.test', 'https:\\\\login.acme.test'],
    ['login.acme.test', 'login.acme.test'],
    ['ftp://login.acme.test', 'ftp://login.acme.test'],
    ['javascript://login.acme.test', 'javascript://login.acme.test'],
  ]
  for (const [value, as] of shown) {
    assert.deepEqual(issuesInProd({ PUBLIC_URL: value }), [`PUBLIC_URL is "${as}"; ${ORIGIN_ALONE}`])
    assert.equal(issuesInLocal({ PUBLIC_URL: value }).length, 1)
  }
})

test('CF-02 SE-12 a public URL over http is refused outside local', () => {
  assert.deepEqual(issuesInProd({ PUBLIC_URL: 'http://login.acme.test' }), [
    'PUBLIC_URL is "http://login.acme.test"; prod needs https://',
  ])
  assert.equal(inLocal({ PUBLIC_URL: 'http://localhost:8080' }).config.publicUrl, 'http://localhost:8080')
})

test('CF-02 a single trailing slash is left out, with a warning', () => {
  const parsed = inProd({ PUBLIC_URL: 'https://Login.Acme.test:443/' })
  assert.equal(parsed.config.publicUrl, 'https://login.acme.test')
  assert.deepEqual(warningsOf(parsed), ['PUBLIC_URL ends with a slash, which is left out'])
})

test('PORT is a number from 0 to 65535', () => {
  for (const port of [0, 65535]) {
    assert.deepEqual(inProd({ PORT: String(port) }).config.listen, { host: '127.0.0.1', port, tryNextPort: false })
  }
  for (const port of ['65536', '-1', '3000.5', '0x10', '1e3', ' 3000', 'http']) {
    assert.deepEqual(issuesInProd({ PORT: port }), [
      `PORT is "${port}"; write a number from 0 (any free port) to 65535`,
    ])
  }
})

test('the next free port is tried in local only, and only where PORT is not set', () => {
  const listen = { host: '127.0.0.1', port: 3000 }
  assert.deepEqual(inLocal({}).config.listen, { ...listen, tryNextPort: true })
  assert.deepEqual(inLocal({ PORT: '3000' }).config.listen, { ...listen, tryNextPort: false })
  assert.deepEqual(inProd({}).config.listen, { ...listen, tryNextPort: false })
})

test('LISTEN_HOST is an address or host name without port', () => {
  for (const host of ['127.0.0.1', '0.0.0.0', '::', '::1', 'fe80::1%eth0', 'localhost', 'app.internal']) {
    assert.deepEqual(inProd({ LISTEN_HOST: host }).config.listen, { host, port: 3000, tryNextPort: false })
  }
  for (const host of ['127.0.0.1:3000', '[::1]', 'http://localhost', 'a b', '-x', '*']) {
    assert.equal(issuesInProd({ LISTEN_HOST: host }).length, 1, host)
  }
})

test('BASE_PATH is empty or plain segments without trailing slash', () => {
  const cases = { '/': '', '/auth': '/auth', '/auth/': '/auth', '/a/b-c.d_e~f': '/a/b-c.d_e~f' }
  for (const [value, expected] of Object.entries(cases)) {
    assert.equal(inProd({ BASE_PATH: value }).config.basePath, expected)
  }
  for (const value of [
    'auth',
    '//auth',
    '/a//b',
    '/..',
    '/a/./b',
    '/a/../b',
    '/a b',
    '/a?b',
    '/%61',
    '/:x',
    '/a//',
    '/login',
    '/OAuth/x',
  ]) {
    assert.equal(issuesInProd({ BASE_PATH: value }).length, 1, value)
  }
})

test('HOME_PATH is a path of this app that does not redirect in a loop', () => {
  for (const path of ['/', '/home', '/home?tab=1', '/loginish', '/a/login']) {
    assert.equal(inProd({ HOME_PATH: path }).config.homePath, path)
  }
  const wrong = [
    ...['home', '//evil.test', '/\\evil.test', '/a b', '/a\tb', 'https://evil.test', '/%2f/evil.test', '/%5cevil.test'],
    ...['/a//b', '/%09/evil.test', '/.//evil.test', '/%', '/login', '/LOGIN', '/login/github', '/logout?x'],
    ...['/oauth/github/callback', '/signed-out', '/./login', '/a/../login', '/%6cogin'],
  ]
  for (const path of wrong) assert.equal(issuesInProd({ HOME_PATH: path }).length, 1, path)
})

test('DATABASE_URL names an SQLite file or a PostgreSQL database', () => {
  const right = [
    'sqlite:var/x.db',
    'sqlite:/var/lib/x.db',
    'sqlite::memory:',
    'postgres://u:p@db/vestibule',
    'postgresql://db/vestibule?sslmode=require',
    'postgres:///vestibule?host=/run/postgresql',
  ]
  for (const url of right) assert.equal(inProd({ DATABASE_URL: url }).config.databaseUrl, url)

  const wanted = 'write sqlite:<path>, sqlite::memory: or postgres://user:password@host/database'
  const percent =
    'in the user name and password, percent-encode these characters: # as %23, / as %2F, ? as %3F, % as %25, @ as %40, : as %3A'
  assertIssues(issuesInProd, [
    [{ DATABASE_URL: 'mysql://u:hunter2@db/x' }, `DATABASE_URL is for a database that is not supported; ${wanted}`],
    [
      { DATABASE_URL: 'postgres://u:hun/ter2@db:x/y' },
      `DATABASE_URL is no URL that can be read (${percent}); ${wanted}`,
    ],
    // B-62
    [{ DATABASE_URL: 'sqlite:var/my data.db' }, `DATABASE_URL has a blank or control character; ${wanted}`],
    [{ DATABASE_URL: 'sqlite:' }, `DATABASE_URL names no file; ${wanted}`],
    [{ DATABASE_URL: 'sqlite:var/' }, `DATABASE_URL names no file; ${wanted}`],
    [{ DATABASE_URL: 'sqlite::memory' }, `DATABASE_URL names no file; ${wanted}`],
    [{ DATABASE_URL: 'sqlite://var/x.db' }, `DATABASE_URL has // before the path; ${wanted}`],
    [{ DATABASE_URL: 'postgres://u:p@db/x y' }, `DATABASE_URL has a blank or control character; ${wanted}`],
  ])
})

test('B-34: the issue of a password with a reserved character explains percent-encoding, and does not show the URL', () => {
  for (const sign of ['#', '/', '?', '%', '%zz']) {
    for (const password of [`hun${sign}ter2`, `12${sign}ter2`]) {
      const [issue = '', ...more] = issuesInProd({ DATABASE_URL: `postgres://me:${password}@db/vestibule` })
      assert.deepEqual(more, [])
      assert.match(
        issue,
        /percent-encode these characters: # as %23, \/ as %2F, \? as %3F, % as %25, @ as %40, : as %3A/,
        password,
      )
      assert.doesNotMatch(issue, /hun|ter2/)
      const encoded = `postgres://me:${encodeURIComponent(password)}@db/vestibule`
      assert.equal(inProd({ DATABASE_URL: encoded }).config.databaseUrl, encoded)
    }
  }
  for (const url of ['postgres://me:p@w@db/x', 'postgres://me:p:w@db/x', 'postgres://db/x?sslrootcert=/a@b']) {
    assert.equal(inProd({ DATABASE_URL: url.replace('a@b', 'ab') }).config.databaseUrl, url.replace('a@b', 'ab'))
  }
})

test('only addresses that this machine alone can reach are loopback', () => {
  for (const host of ['localhost', 'app.localhost', '127.0.0.1', '127.9.9.9', '::1', '[::1]', 'LOCALHOST']) {
    assert.equal(isLoopback(host), true, host)
  }
  for (const host of ['0.0.0.0', '::', '127.0.0.1.acme.test', 'localhost.acme.test', '10.0.0.1', '1270.0.0.1', '']) {
    assert.equal(isLoopback(host), false, host)
  }
})
