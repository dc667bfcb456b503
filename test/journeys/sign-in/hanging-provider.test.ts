import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { createBarrier } from '../../support/barrier.js'
import { callbackUrl, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import type { Page } from '../../support/http-browser.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

const SLOTS = 64

let hanging: FakeProvider
let other: FakeProvider
let app: WatchedApp
const barrier = createBarrier()
let held: Promise<Page>[]
let ada: AcmeBrowser

const newBrowser = () => new AcmeBrowser(app.origin)

before(async () => {
  hanging = await startFakeProvider()
  other = await startFakeProvider()
  // Nothing here ends by the clock: what hangs does so until the end.
  app = await startWatchedApp(
    {
      ...{ ...hanging.settings('acme'), ...other.settings('other'), PROVIDERS: 'acme,other', DEFAULT_PROVIDER: 'acme' },
      // Grace has the same address at both.
      ACCOUNT_LINKING: 'never',
    },
    { deadline: () => () => {} },
  )
  ada = newBrowser()
  await ada.signInAs()
  hanging.on('/token', async (seen, response) => {
    await barrier.pass()
    json({ access_token: 'token-of-ada', token_type: 'Bearer' })(seen, response)
  })
  held = Array.from({ length: SLOTS }, () => newBrowser().signInAs())
  await barrier.arrived(SLOTS)
})
after(async () => {
  barrier.open()
  await app.stop()
  await Promise.all([hanging.stop(), other.stop()])
})

// The time limit is for what must never wait for the provider.
describe('DS-06 While a provider hangs, and as many sign-ins with it as may', { timeout: 20_000 }, () => {
  test('DS-06 while a provider hangs and all its slots are taken, further sign-ins are refused at once, and their attempts stay unused', async () => {
    const [marks, calls] = [app.count('used_attempts'), hanging.calls('/token')]
    const pages = await Promise.all(Array.from({ length: 3 * SLOTS }, () => newBrowser().signInAs()))
    for (const page of pages) assertRefused(page, 503, 'provider_busy')
    assert.deepEqual([app.count('used_attempts'), hanging.calls('/token')], [marks, calls])
  })

  test('DS-06 while a provider hangs and all its slots are taken, every page that needs no provider responds', async () => {
    for (const path of ['/', '/login', '/logout', '/signed-out', '/api/session', '/health/live', '/health/ready']) {
      assert.equal((await ada.open(path)).status, 200, path)
    }
    assert.equal((await newBrowser().open('/')).status, 303)
    assert.equal((await newBrowser().open('/login/acme')).status, 303)
  })

  test('DS-06 while a provider hangs and all its slots are taken, users sign in with another provider', async () => {
    const grace = newBrowser()
    const { location = '' } = await grace.open('/login/other')
    assert.equal((await grace.open(callbackUrl(location, { code: 'grace' }))).status, 303)
    assert.equal(await grace.login(), 'grace')
  })

  test('DS-06 after a provider hung, a refused sign-in succeeds with the same callback, and so do those that waited', async () => {
    const grace = newBrowser()
    const callback = await grace.startSignIn()
    assertRefused(await grace.open(callback), 503, 'provider_busy')
    hanging.on('/token', json({ access_token: 'token-of-grace', token_type: 'Bearer' }))
    barrier.open()
    for (const page of await Promise.all(held)) assert.equal(page.status, 303, page.text)
    assert.equal((await grace.open(callback)).status, 303)
    assert.equal(await grace.login(), 'grace')
  })
})
