import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Agent } from 'undici'
import { startApp, type TestApp } from '../../support/app.js'
import { HttpBrowser } from '../../support/http-browser.js'

// Nothing listens at this port: browsers know the proxy in front by it, and the proxy knows the socket file.
const PUBLIC_URL = 'http://localhost:9'

let folder: string
let path: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-socket-'))
  path = join(folder, 'http.sock')
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** What a visitor's requests go through: the proxy in front of the app. */
const newProxy = () =>
  new Agent({
    connect({ hostname, port }, done) {
      const socket = port === new URL(PUBLIC_URL).port ? connect(path) : connect(Number(port), hostname)
      socket.once('connect', () => done(null, socket)).once('error', error => done(error, null))
    },
  })

const start = (settings: Record<string, string>): Promise<TestApp> =>
  startApp({ LISTEN_HOST: `unix:${path}`, PUBLIC_URL, RATE_LIMITS: 'on', ...settings })

/** How many of these visitors, each with an address of its own as the proxy tells it, may start a sign-in. */
async function startsFrom(addresses: readonly string[]): Promise<number> {
  const proxy = newProxy()
  let started = 0
  for (const address of addresses) {
    const visitor = new HttpBrowser(PUBLIC_URL, proxy)
    const { status } = await visitor.open('/login/dev', { 'X-Forwarded-For': address })
    if (status === 303) started++
  }
  await proxy.close()
  return started
}

describe('An app at a socket file', () => {
  test('B-47 an app at a socket file signs people in, and removes the file when it stops', async () => {
    const app = await start({ TRUSTED_PROXIES: 'unix' })
    try {
      assert.deepEqual([app.url, app.port], [`${PUBLIC_URL}/`, undefined])
      const proxy = newProxy()
      const page = await new HttpBrowser(PUBLIC_URL, proxy).signIn('ada')
      await proxy.close()
      assert.equal(page.status, 200)
      assert.match(page.text, /Ada Lovelace/)
      assert.ok(existsSync(path))
    } finally {
      await app.stop()
    }
    assert.equal(existsSync(path), false)
  })

  const many = Array.from({ length: 70 }, (_, index) => `203.0.113.${index}`)

  test('B-47 an app at a socket file tells visitors apart by what a trusted proxy says of them', async () => {
    const app = await start({ TRUSTED_PROXIES: 'unix' })
    try {
      assert.equal(await startsFrom(many), 70)
    } finally {
      await app.stop()
    }
  })

  test('B-47 an app at a socket file believes no proxy that is not trusted: all visitors count as one', async () => {
    const app = await start({})
    try {
      assert.ok((await startsFrom(many)) < 70)
    } finally {
      await app.stop()
    }
  })
})
