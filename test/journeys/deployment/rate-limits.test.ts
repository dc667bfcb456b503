import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { PER_MINUTE } from '../../../src/web/guards/rate-limit-counters.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import type { Page } from '../../support/http-browser.js'

const MINUTE = 60_000

/** Each test begins with a minute. */
let clock = Math.floor(Date.now() / MINUTE) * MINUTE
let acme: FakeProvider
let app: TestApp

before(async () => {
  acme = await startFakeProvider()
  app = await startApp({ ...acme.settings(), RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1' }, { now: () => clock })
})
after(async () => {
  await app.stop()
  await acme.stop()
})
afterEach(() => {
  acme.reset()
  clock = (Math.floor(clock / MINUTE) + 1) * MINUTE
})

/** A browser behind a proxy of ours, which tells its address. */
class Caller extends AcmeBrowser {
  constructor(readonly address: string) {
    super(app.origin)
  }

  override open(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return super.open(path, { 'X-Forwarded-For': this.address, ...headers })
  }
}

let addresses = 0
const newAddress = () => `198.51.100.${++addresses}`

/** Browsers without a cookie, which are known by their address alone. */
async function knock(path: string, address: string, times: number): Promise<Page[]> {
  return Promise.all(Array.from({ length: times }, () => new Caller(address).open(path)))
}

const statuses = (pages: readonly Page[]) => [...new Set(pages.map(({ status }) => status))]

function assertLimitPage(page: Page): void {
  assertRefused(page, 429, 'too_many_requests')
  const seconds = Number(page.headers['retry-after'])
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, String(seconds))
  assert.equal(page.headers['cache-control'], 'no-store')
  assert.equal(page.location, undefined)
}

for (const path of ['/login/acme', '/profile']) {
  test(`DS-18 from one address sixty sign-ins a minute begin at ${path}, and the next one waits`, async () => {
    const address = newAddress()
    assert.deepEqual(statuses(await knock(path, address, PER_MINUTE.address)), [303])
    const next = new Caller(address)
    assertLimitPage(await next.open(path))
    assert.deepEqual(next.attempts, [])
    assert.deepEqual(statuses(await knock(path, newAddress(), 1)), [303])

    clock += MINUTE
    assert.equal((await next.open(path)).status, 303)
  })
}

test('DS-18 from one address, a callback that waits has spent nothing: its sign-in goes on afterwards', async () => {
  const address = newAddress()
  const ada = new Caller(address)
  const callback = await ada.startSignIn()
  const other = '/oauth/acme/callback?state=x&code=y'
  assert.deepEqual(statuses(await knock(other, address, PER_MINUTE.address)), [400])

  assertLimitPage(await ada.open(callback))
  assert.equal(acme.calls('/token'), 0)
  assert.equal(ada.attempts.length, 1)

  clock += MINUTE
  assert.equal((await ada.open(callback)).status, 303)
  assert.equal(await ada.login(), 'ada')
})

test('DS-18 from one address, a sign-in that succeeds gives nothing back', async () => {
  const address = newAddress()
  await knock('/login/acme', address, PER_MINUTE.address - 1)
  const ada = new Caller(address)
  assert.equal((await ada.signInAs()).status, 303)
  assertLimitPage(await new Caller(address).open('/login/acme'))
})

test('from one address, a page elsewhere cannot use up the sign-ins of whoever looks at it', async () => {
  const address = newAddress()
  const image = { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image', Accept: 'image/*' }
  const asked = ['/login/acme', '/oauth/acme/callback?state=x&code=y'].flatMap(path =>
    Array.from({ length: PER_MINUTE.address + 1 }, () => new Caller(address).open(path, image)),
  )
  for (const { status } of await Promise.all(asked)) assert.ok(status === 400 || status === 401, String(status))
  assert.equal((await new Caller(address).signInAs()).status, 303)
})

test('from one address pages that begin no sign-in are not counted', async () => {
  const address = newAddress()
  for (const path of ['/login', '/signed-out', '/health/live']) {
    assert.deepEqual(statuses(await knock(path, address, PER_MINUTE.address + 1)), [200], path)
  }
  assert.equal((await new Caller(address).signInAs()).status, 303)
})

test('from one browser, twenty sign-ins a minute begin, wherever it comes from, and others are free to', async () => {
  const ada = new Caller(newAddress())
  // The first one brings no cookie yet, and so counts for the address alone.
  for (let index = 0; index <= PER_MINUTE.browser; index++) {
    assert.equal((await ada.open('/login/acme', { 'X-Forwarded-For': newAddress() })).status, 303)
  }
  assertLimitPage(await ada.open('/login/acme', { 'X-Forwarded-For': newAddress() }))
  assert.equal((await new Caller(ada.address).open('/login/acme')).status, 303)
})

test('from one browser, twenty come back, and the one that waits still counts afterwards', async () => {
  const ada = new Caller(newAddress())
  const callback = await ada.startSignIn()
  for (let index = 0; index < PER_MINUTE.browser; index++) {
    assertRefused(await ada.open('/oauth/acme/callback?state=x&code=y'), 400, 'attempt_missing')
  }
  assertLimitPage(await ada.open(callback))
  assert.equal(acme.calls('/token'), 0)
  clock += MINUTE
  assert.equal((await ada.open(callback)).status, 303)
})

test('from one browser, a signed-in person is known by the session, also without an attempt', async () => {
  const ada = new Caller(newAddress())
  await ada.signInAs()
  clock += MINUTE
  const jar = ada.cookies()
  for (const name of ada.attempts) jar.delete(name)
  const other = () => ada.open('/oauth/acme/callback?state=x&code=y', { 'X-Forwarded-For': newAddress() })
  for (let index = 0; index < PER_MINUTE.browser; index++) assert.equal((await other()).status, 400)
  assertLimitPage(await other())
})

test('from one browser, a made-up cookie names nobody', async () => {
  const address = newAddress()
  const made = (index: number) => ({ Cookie: `vestibule-attempt-AAAAAAAA=v${index}; vestibule-session=${index}` })
  const pages = Array.from({ length: PER_MINUTE.address + 1 }, (_, index) =>
    new Caller(address).open('/login/acme', made(index)),
  )
  const refused = (await Promise.all(pages)).filter(({ status }) => status === 429)
  assert.equal(refused.length, 1)
})

test('a script is told in JSON', async () => {
  const address = newAddress()
  await knock('/login/acme', address, PER_MINUTE.address)
  const headers = { 'X-Forwarded-For': address, Accept: 'application/json' }
  const { status, text, headers: responded } = await new Caller(address).ask('/login/acme', { headers })
  assert.equal(status, 429)
  assert.equal(JSON.parse(text).error, 'too_many_requests')
  assert.match(String(responded['retry-after']), /^\d+$/)
})

test('with RATE_LIMITS=off nothing is counted', async t => {
  const open = await startApp(acme.settings())
  t.after(() => open.stop())
  const asked = Array.from({ length: 2 * PER_MINUTE.address }, () => new AcmeBrowser(open.origin).open('/login/acme'))
  assert.deepEqual(statuses(await Promise.all(asked)), [303])
})
