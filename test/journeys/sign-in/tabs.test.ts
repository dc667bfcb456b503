// Many tabs of one browser that start a sign-in each, and what becomes of those that gave way.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { AcmeBrowser, assertRefused, retryPath } from '../../support/acme-browser.js'
import { type Settings, startApp, type TestApp } from '../../support/app.js'
import { callbackUrl, type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import type { Page } from '../../support/http-browser.js'
import { rawHeader, sendRaw } from '../../support/raw-request.js'

const SINCE = 'Another sign-in was started in this browser since'
const SHARED: Settings = { SECRET_KEYS: randomToken() }
const LONG = `/account?filter=${'x'.repeat(600)}`

let clock = Date.now()
let acme: FakeProvider
let app: TestApp
/** Another instance with the same keys, which does not know what the first one has started. */
let other: TestApp

before(async () => {
  acme = await startFakeProvider()
  app = await startApp({ ...acme.settings(), ...SHARED }, { now: () => clock })
  other = await startApp({ ...acme.settings(), ...SHARED, PUBLIC_URL: app.origin }, { now: () => clock })
})
after(async () => {
  await Promise.all([app.stop(), other.stop()])
  await acme.stop()
})
afterEach(() => {
  clock = Date.now()
})

interface Tab {
  path: string
  callback: string
}

/** Opens a guarded page in so many tabs at the same moment. */
async function openTabs(visitor: AcmeBrowser, count: number, path: string): Promise<Tab[]> {
  const paths = Array.from({ length: count }, (_, tab) => `${path}${path.includes('?') ? '&' : '?'}tab=${tab}`)
  const pages = await Promise.all(paths.map(each => visitor.open(each)))
  return pages.map(({ location = '' }, tab) => ({ path: paths[tab] ?? '', callback: callbackUrl(location) }))
}

/** The ways back, one after the other; says which tabs got to where they wanted to go. */
async function finish(visitor: AcmeBrowser, tabs: readonly Tab[]): Promise<{ done: Tab[]; refused: [Tab, Page][] }> {
  const done: Tab[] = []
  const reported: [Tab, Page][] = []
  for (const tab of tabs) {
    assert.ok(visitor.cookieHeader().length <= 7_100, `${visitor.cookieHeader().length}`)
    const page = await visitor.open(tab.callback)
    if (page.location === app.origin + tab.path) done.push(tab)
    else reported.push([tab, page])
  }
  return { done, refused: reported }
}

for (const [what, path, many] of [
  ['short paths', '/profile', 8],
  ['paths of 620 bytes', LONG, 4],
  ['paths of 1,020 bytes', `/profile?${'x'.repeat(1_000)}`, 2],
] as const) {
  test(`B-01 twenty tabs that are opened at the same moment with ${what}: ${many} go on; the pages of the others say why they cannot, and lead to the page that each of them wanted`, async () => {
    const visitor = new AcmeBrowser(app.origin)
    const tabs = await openTabs(visitor, 20, path)
    assert.ok(visitor.cookieHeader().length <= 6_000)
    const { done, refused: reported } = await finish(visitor, tabs)
    assert.deepEqual([done.length, reported.length], [many, 20 - many])
    for (const [tab, page] of reported) {
      assertRefused(page, 400, 'attempt_missing')
      assert.ok(page.text.includes(SINCE), page.text)
      assert.equal(retryPath(page), tab.path)
    }
    const [[tab] = assert.fail('Every tab went on')] = reported
    const again = await visitor.startSignIn(`/login/acme?${new URLSearchParams({ return_to: tab.path })}`)
    assert.equal((await visitor.open(again)).location, app.origin + tab.path)
  })
}

test('B-01 twenty tabs that are opened at the same moment leave what a proxy with lines of 8 kB passes on, whatever page is opened after that', async () => {
  const visitor = new AcmeBrowser(app.origin)
  await openTabs(visitor, 20, `/profile?${'y'.repeat(1_000)}`)
  clock += 1_000
  await finish(visitor, await openTabs(visitor, 20, LONG))
  assert.equal((await visitor.open('/signed-out')).status, 200)
  assert.ok(visitor.cookieHeader().length <= 7_100, `${visitor.cookieHeader().length}`)
})

describe('B-01 an old tab', () => {
  /** A tab that nine newer ones have followed. */
  async function oldTab(visitor: AcmeBrowser, path = '/login/acme?return_to=/profile') {
    const callback = await visitor.startSignIn(path)
    for (let tab = 0; tab < 9; tab++) {
      clock += 1_000
      await visitor.startSignIn()
    }
    return callback
  }

  test('B-01 an instance that did not start the sign-in of an old tab says that it does not know the return path', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await oldTab(visitor)
    const path = callback.slice(app.origin.length)
    const elsewhere = new AcmeBrowser(`http://localhost:${other.port}`)
    elsewhere.jar.set('localhost', visitor.cookies())
    const page = await elsewhere.open(path)
    assertRefused(page, 400, 'attempt_missing')
    assert.ok(
      page.text.includes(SINCE) && page.text.includes('Where you wanted to go is not known any more'),
      page.text,
    )
    assert.equal(retryPath(page), null)
  })

  test('B-01 the tab of another browser is named as that, also in a browser with sign-ins of its own', async () => {
    const callback = await new AcmeBrowser(app.origin).startSignIn('/login/acme?return_to=/profile')
    clock += 1_000
    const stranger = new AcmeBrowser(app.origin)
    await stranger.startSignIn()
    const page = await stranger.open(callback, { 'User-Agent': 'Another browser' })
    assertRefused(page, 400, 'attempt_missing')
    assert.ok(page.text.includes('That sign-in belongs to another browser'), page.text)
    assert.equal(retryPath(page), null)
  })

  test('B-01 an old tab whose cookie is gone, without a newer sign-in, gets the page about cookies', async () => {
    const visitor = new AcmeBrowser(app.origin)
    await visitor.startSignIn()
    clock += 1_000
    const callback = await visitor.startSignIn('/login/acme?return_to=/profile')
    visitor.cookies().delete(visitor.attempts[1] ?? '')
    const page = await visitor.open(callback)
    assert.ok(page.text.includes('or its cookie is gone'), page.text)
  })

  test('B-01 an old tab that was linking an account leads back to the account page', async () => {
    const visitor = new AcmeBrowser(app.origin)
    await visitor.signInAs()
    const departing = await visitor.submit(await visitor.open('/account'), '/account/connect/acme')
    const callback = callbackUrl(String(departing.headers.refresh).slice('0;url='.length))
    for (let tab = 0; tab < 9; tab++) {
      clock += 10_000
      await visitor.startSignIn()
    }
    const page = await visitor.open(callback)
    assertRefused(page, 400, 'attempt_missing')
    assert.match(page.text, /href="\/account">Go to your account/)
  })

  test('B-01 the start of an old tab is forgotten after an hour, like its cookie', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await visitor.startSignIn('/login/acme?return_to=/profile')
    visitor.jar.clear()
    clock += 60 * 60_000
    await visitor.startSignIn()
    assert.ok((await visitor.open(callback)).text.includes('That sign-in belongs to another browser'))
  })

  test('B-01 an old tab that the back button opens again leads on while a user is signed in', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await visitor.startSignIn('/profile')
    await visitor.open(callback)
    assert.equal((await visitor.open(callback)).location, `${app.origin}/profile`)
  })
})

describe('B-01 a request whose headers are too large all the same', () => {
  const send = (...lines: string[]) => sendRaw(app.origin, ['GET / HTTP/1.1', 'Host: localhost', ...lines])

  test('B-01 a request whose headers are too large gets a page that says what to do, clears the cookies of sign-ins and the message, and keeps the session', async () => {
    const response = await send(`Cookie: a=${'x'.repeat(20_000)}`)
    assert.match(response, /^HTTP\/1\.1 431 /)
    const [head = '', body = ''] = response.split('\r\n\r\n')
    assert.equal(Number(rawHeader(response, 'Content-Length')), Buffer.byteLength(body))
    assert.equal(rawHeader(response, 'Connection'), 'close')
    assert.match(body, /load this page again/)
    const cleared = head
      .split('\r\n')
      .flatMap(line => /^Set-Cookie: ([^=]+)=; .*expires=Thu, 01 Jan 1970/.exec(line)?.[1] ?? [])
    const attempts = Array.from({ length: 8 }, (_, slot) => `vestibule-attempt-${slot}`)
    assert.deepEqual(cleared.sort(), [...attempts, 'vestibule-flash'])
  })

  test('B-01 the page for headers that are too large has the headers of every page', async () => {
    const { headers } = await new AcmeBrowser(app.origin).open('/signed-out')
    const response = await send(`X-Large: ${'x'.repeat(20_000)}`)
    const names = [
      'content-security-policy',
      'x-content-type-options',
      'x-frame-options',
      'referrer-policy',
      'cache-control',
    ]
    for (const name of [...names, 'cross-origin-opener-policy', 'permissions-policy', 'vary', 'content-type']) {
      assert.ok(headers[name], name)
      assert.equal(rawHeader(response, name), headers[name], name)
    }
  })
})
