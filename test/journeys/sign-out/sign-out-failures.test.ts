import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import type { Deadline } from '../../../src/net/deadline.js'
import type { Overrides } from '../../../src/server.js'
import { sessionOf } from '../../support/acme-app.js'
import { type Settings, startApp, type TestApp } from '../../support/app.js'
import { DISCOVERY, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'
import { HttpBrowser, type Page } from '../../support/http-browser.js'
import { continueUrl, pressSignOut } from '../../support/logout-app.js'
import { runSql } from '../../support/sql.js'

const BASE_PATH = '/room'
const TIMEOUT_MS = 3_000

let fake: FakeOidc
let folder: string
let apps: TestApp[] = []
let databaseUrl: string

before(async () => {
  fake = await startFakeOidc()
  folder = mkdtempSync(join(tmpdir(), 'vestibule-leaving-'))
})
after(async () => {
  await fake.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  fake.reset()
  fake.override({ logout: {} })
  databaseUrl = `sqlite:${join(folder, `${randomToken()}.db`)}`
})
afterEach(async () => {
  for (const app of apps) await app.stop()
  apps = []
})

/** One more instance over the same database; it knows nothing of the provider yet. */
async function startInstance(settings: Settings = {}, overrides: Overrides = {}): Promise<TestApp> {
  const app = await startApp({ ...fake.settings(), DATABASE_URL: databaseUrl, ...settings }, overrides)
  apps.push(app)
  return app
}

async function signedIn(app: TestApp, basePath = ''): Promise<HttpBrowser> {
  const visitor = new HttpBrowser(app.origin)
  assert.equal((await visitor.follow(`${basePath}/`)).status, 200)
  return visitor
}

/** The same browser, in front of another instance. */
function browserAt(app: TestApp, { jar }: HttpBrowser): HttpBrowser {
  const visitor = new HttpBrowser(app.origin)
  for (const [host, cookies] of jar) visitor.jar.set(host, cookies)
  return visitor
}

async function assertSignedOutHere(visitor: HttpBrowser, page: Page): Promise<void> {
  assert.deepEqual([page.status, page.location], [303, `${visitor.origin}/signed-out`], page.text)
  assert.equal((await visitor.open('/signed-out')).status, 200)
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  assert.deepEqual(await runSql(databaseUrl, 'select * from sessions'), [])
}

const SECRET_KEYS = randomToken()

describe('Signing out where nothing is known of the provider', () => {
  const problems: Record<string, FakeHandler> = {
    'which is down': (_, response) => void response.destroy(),
    'which answers 500': json({ error: 'server_error' }, 500),
    'which answers something else': (_, response) => void response.end('<h1>Hello</h1>'),
    'which says it is another': json({ issuer: 'https://op.invalid' }),
  }
  for (const [what, handler] of Object.entries(problems)) {
    test(`signing out where nothing is known of the provider ${what}, ends the session here, and says so`, async () => {
      const before = await signedIn(await startInstance({ SECRET_KEYS }))
      const visitor = browserAt(await startInstance({ SECRET_KEYS }), before)
      let sessions: unknown[] | undefined
      fake.on(DISCOVERY, async (seen, response) => {
        sessions = await runSql(databaseUrl, 'select * from sessions')
        await handler(seen, response)
      })
      await assertSignedOutHere(visitor, await pressSignOut(visitor))
      assert.deepEqual(sessions, [], 'The session here was to end first')
    })
  }

  test('signing out where nothing is known of the provider which hangs, ends the session here and waits for three seconds, not longer', async () => {
    let lose: (() => void) | undefined
    // The fetch itself goes on until its own deadline: others may wait for it too (finding A6).
    const others: (() => void)[] = []
    const deadline: Deadline = (ms, act) => {
      if (ms === TIMEOUT_MS) lose = act
      else others.push(act)
      return () => {}
    }
    const before = await signedIn(await startInstance({ SECRET_KEYS }))
    const visitor = browserAt(await startInstance({ SECRET_KEYS }, { deadline }), before)
    let sessions: unknown[] | undefined
    fake.on(DISCOVERY, async () => {
      sessions = await runSql(databaseUrl, 'select * from sessions')
      lose?.()
    })
    await assertSignedOutHere(visitor, await pressSignOut(visitor))
    assert.deepEqual(sessions, [])
    for (const act of others) act()
  })
})

test('signing out of a session whose ID token is sealed with a key that is gone, goes to the provider without it', async () => {
  const before = await signedIn(await startInstance({ SECRET_KEYS }))
  const visitor = browserAt(await startInstance({ SECRET_KEYS: randomToken() }), before)
  assert.equal((await sessionOf(visitor)).signed_in, true)
  const url = continueUrl(await pressSignOut(visitor))
  assert.deepEqual([...url.searchParams.keys()], ['client_id', 'post_logout_redirect_uri', 'state'])
  assert.deepEqual(await sessionOf(visitor), { signed_in: false })
})

test('signing out of a session whose ID token is sealed with an older key that is still there, brings it along', async () => {
  const before = await signedIn(await startInstance({ SECRET_KEYS }))
  const app = await startInstance({ SECRET_KEYS: `${randomToken()},${SECRET_KEYS}` })
  const visitor = browserAt(app, before)
  fake.postLogoutRedirectUris.push(`${app.origin}/signed-out`)
  const page = await visitor.follow(continueUrl(await pressSignOut(visitor)).href)
  assert.match(page.text, /<h1>You are signed out<\/h1>/)
  assert.deepEqual(fake.problems, [])
})

test('signing out behind BASE_PATH names the page that is there', async () => {
  const app = await startInstance({ BASE_PATH })
  fake.postLogoutRedirectUris.push(`${app.origin}${BASE_PATH}/signed-out`)
  const visitor = await signedIn(app, BASE_PATH)
  const page = await visitor.follow(continueUrl(await pressSignOut(visitor, BASE_PATH)).href)
  assert.ok(page.url.startsWith(`${app.origin}${BASE_PATH}/signed-out?state=`), page.url)
  assert.match(page.text, /<h1>You are signed out<\/h1>/)
  assert.deepEqual(fake.problems, [])
})

test('signing out goes to the endpoint of the settings before that of the metadata, and asks nobody for it', async () => {
  const before = await signedIn(await startInstance({ SECRET_KEYS }))
  const OP_END_SESSION_URL = `${fake.origin}/end-session?tenant=ours`
  const visitor = browserAt(await startInstance({ SECRET_KEYS, OP_END_SESSION_URL }), before)
  fake.on(DISCOVERY, (_, response) => void response.destroy())
  const url = continueUrl(await pressSignOut(visitor))
  assert.ok(url.href.startsWith(`${OP_END_SESSION_URL}&id_token_hint=`))
})

test('signing out where the provider has no end of sessions, ends the one here, and says so', async () => {
  fake.override({ metadata: { end_session_endpoint: undefined } })
  const visitor = await signedIn(await startInstance())
  await assertSignedOutHere(visitor, await pressSignOut(visitor))
})
