import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { HttpBrowser } from '../../support/http-browser.js'
import { Installed, type Serving } from '../../support/installed.js'
import { runSql } from '../../support/sql.js'

let installed: Installed
before(() => {
  installed = new Installed()
})
after(() => installed.remove())

const databaseUrl = (name: string) => `sqlite:${join(installed.folder, name)}.db`

/** Settings as an operator would write them. */
const production = (name: string, port: number) => ({
  ENVIRONMENT: 'prod',
  PUBLIC_URL: 'https://login.example.org',
  PORT: String(port),
  DATABASE_URL: databaseUrl(name),
  SECRET_KEYS: randomToken(),
  PROVIDERS: 'github',
  GITHUB_CLIENT_ID: 'Iv1.0123456789abcdef',
  GITHUB_CLIENT_SECRET: '0a1b2c3d4e5f6a7b8c9d',
  ALLOWED_USERS: 'domain:example.org',
  TRUSTED_PROXIES: '127.0.0.1',
})

const local = (name: string) => ({ DATABASE_URL: databaseUrl(name), SECRET_KEYS: randomToken() })

async function takePort(port = 0): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

const portOf = (server: Server) => (server.address() as { port: number }).port

async function freePort(): Promise<number> {
  const server = await takePort()
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

describe('In production', () => {
  let serving: Serving
  let port: number
  let settings: ReturnType<typeof production>
  before(async () => {
    port = await freePort()
    settings = production('prod', port)
  })

  test('CF-15 in production, a database without our tables is not served, and the way out is told', async () => {
    const { code, stderr } = await installed.run(['serve'], settings)
    assert.equal(code, 1)
    assert.match(stderr, /older than this build.*npx vestibule migrate/s)
    assert.doesNotMatch(stderr, /\n\s+at /)
  })

  test('in production migrate brings it up to date, and then serve serves', async () => {
    const first = await installed.run(['migrate'], settings)
    assert.deepEqual([first.code, first.stderr], [0, ''])
    assert.match(first.stdout, /ran 0001-users\n/)
    const second = await installed.run(['migrate'], settings)
    assert.deepEqual([second.code, second.stdout], [0, 'The database is up to date.\n'])

    serving = await installed.serve(settings)
    assert.equal(serving.url, 'https://login.example.org/')
    const ready = await new HttpBrowser(`http://127.0.0.1:${port}`).ask('/health/ready')
    assert.deepEqual([ready.status, JSON.parse(ready.text)], [200, { status: 'ready' }])
  })

  test('in production behind a proxy that ends TLS its cookies are Secure and for this host alone', async () => {
    const headers = { Host: 'login.example.org', 'X-Forwarded-Proto': 'https' }
    const {
      status,
      location = '',
      headers: responded,
    } = await new HttpBrowser(`http://127.0.0.1:${port}`).open('/', headers)
    assert.equal(status, 303)
    const asked = new URL(location)
    assert.equal(asked.origin + asked.pathname, 'https://github.com/login/oauth/authorize')
    assert.equal(asked.searchParams.get('redirect_uri'), 'https://login.example.org/oauth/github/callback')

    const cookies = [responded['set-cookie'] ?? []].flat()
    assert.equal(cookies.length, 1)
    const [pair = '', ...attributes] = (cookies[0] ?? '').split('; ')
    assert.match(pair, /^__Host-vestibule-attempt-[0-7]=[\w.~-]+$/)
    const lower = attributes.map(attribute => attribute.toLowerCase())
    for (const wanted of ['secure', 'httponly', 'path=/', 'samesite=lax']) assert.ok(lower.includes(wanted), wanted)
    assert.ok(!lower.some(attribute => attribute.startsWith('domain')))
    assert.match(String(responded['strict-transport-security']), /^max-age=(\d{8,})/)
  })

  test('MX-10 in production, the Host header has no say in any URL', async () => {
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' }
    const { location = '' } = await new HttpBrowser(`http://127.0.0.1:${port}`).open('/profile', headers)
    assert.equal(new URL(location).searchParams.get('redirect_uri'), 'https://login.example.org/oauth/github/callback')
    assert.doesNotMatch(location, /evil/)
  })

  test('in production HSTS is on pages, on refusals and on plain answers alike', async () => {
    const visitor = new HttpBrowser(`http://127.0.0.1:${port}`)
    for (const path of ['/login', '/nowhere', '/api/session', '/health/live']) {
      assert.match(String((await visitor.open(path)).headers['strict-transport-security']), /^max-age=\d{8,}/, path)
    }
  })

  test('in production stops with 0, and its log is JSON in which no secret stands', async () => {
    serving.kill('SIGTERM')
    const { code, stdout, stderr } = await serving.ended
    assert.deepEqual([code, stderr], [0, ''])
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    assert.ok(lines.length > 5)
    assert.ok(!stdout.includes(settings.SECRET_KEYS) && !stdout.includes(settings.GITHUB_CLIENT_SECRET))
  })

  test('CF-15 in production, a database that a newer build has changed is neither served nor migrated', async () => {
    const future = "insert into knex_migrations (name, batch, migration_time) values ('9999-future', 2, 0)"
    await runSql(settings.DATABASE_URL, future)
    for (const command of ['serve', 'migrate']) {
      const { code, stderr } = await installed.run([command], settings)
      assert.equal(code, 1, command)
      assert.match(stderr, /newer than this build.*9999-future/s)
      assert.doesNotMatch(stderr, /\n\s+at /)
    }
  })
})

describe('A port', () => {
  const taken: Server[] = []
  afterEach(() => {
    for (const server of taken.splice(0)) server.close()
  })

  test('a port that was asked for and is taken stops the start, in words', async () => {
    const server = await takePort()
    taken.push(server)
    const { code, stderr } = await installed.run(['serve'], { ...local('taken'), PORT: String(portOf(server)) })
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`port is taken.*${portOf(server)}.*PORT`, 's'))
    assert.doesNotMatch(stderr, /\n\s+at /)
  })

  test('a port that nobody asked for gives way to the next free one, in local', async () => {
    // Whoever has it, it is taken.
    taken.push(
      ...(await takePort(3000).then(
        server => [server],
        () => [],
      )),
    )
    const serving = await installed.serve(local('moving'))
    const { port, hostname } = new URL(serving.url)
    assert.equal(hostname, 'localhost')
    assert.ok(Number(port) > 3000, port)
    const { status, location = '' } = await new HttpBrowser(serving.url).open('/')
    assert.equal(status, 303)
    assert.notEqual(new URL(location).port, port)
    assert.equal((await new HttpBrowser(location).open(location)).status, 200)
    serving.kill('SIGINT')
    assert.equal((await serving.ended).code, 0)
  })
})
