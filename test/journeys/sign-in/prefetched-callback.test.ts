import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

let acme: FakeProvider
let app: WatchedApp

before(async () => {
  acme = await startFakeProvider()
  app = await startWatchedApp(acme.settings())
})
after(async () => {
  await app.stop()
  await acme.stop()
})
beforeEach(() => acme.reset())

const PREFETCHES: Record<string, Record<string, string>> = {
  'a prefetch': { 'Sec-Purpose': 'prefetch', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  'a prerender': { 'Sec-Purpose': 'prefetch;prerender' },
  'an anonymous prefetch': { 'Sec-Purpose': 'prefetch;anonymous-client-ip' },
  'a prefetch of older browsers': { Purpose: 'prefetch' },
  'a prefetch of older Firefox': { 'X-Moz': 'prefetch' },
  'a preview of Safari': { 'X-Purpose': 'preview' },
}

for (const [what, headers] of Object.entries(PREFETCHES)) {
  test(`A15 a callback that nobody has opened yet as ${what} is refused before anything is spent, and counts once it is opened`, async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await visitor.startSignIn()
    const attempts = visitor.attempts
    const page = await visitor.open(callback, headers)
    assertRefused(page, 401, 'sign_in_required')
    assert.equal(page.headers['cache-control'], 'no-store')
    assert.equal(page.headers['set-cookie'], undefined)
    assert.equal(acme.calls('/token'), 0)
    assert.deepEqual(visitor.attempts, attempts)
    assert.equal(await visitor.login(), undefined)

    assert.equal((await visitor.open(callback)).status, 303)
    assert.equal(await visitor.login(), 'ada')
  })
}

test('A15 a callback that nobody has opened yet leaves no row, also where it would be refused anyway', async () => {
  const visitor = new AcmeBrowser(app.origin)
  const rows = () => [app.db.prepare('select count(*) as n from events').get(), app.count('used_attempts')]
  const before = rows()
  const callback = await visitor.startSignIn('/login/acme', { error: 'access_denied' })
  assertRefused(await visitor.open(callback, { 'Sec-Purpose': 'prefetch' }), 401, 'sign_in_required')
  assert.deepEqual(rows(), before)
})

test('A15 a callback that nobody has opened yet uses up no message that is meant for the page that is opened', async () => {
  const visitor = new AcmeBrowser(app.origin)
  await visitor.signInAs()
  const early = await visitor.open('/', { 'Sec-Purpose': 'prefetch;prerender' })
  assert.doesNotMatch(early.text, /Signed in with acme\./)
  assert.match((await visitor.open('/')).text, /Signed in with acme\./)
  assert.doesNotMatch((await visitor.open('/')).text, /Signed in with acme\./)
})
