import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { AcmeBrowser } from '../../support/acme-browser.js'
import { startApp } from '../../support/app.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
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
afterEach(() => acme.reset())

const newBrowser = () => new AcmeBrowser(app.origin)

describe('A half-finished sign-in', () => {
  test('SE-22 a sign-in that is not finished signs in no user, at any step', async () => {
    const visitor = newBrowser()
    let during: string | undefined = 'nobody asked'
    acme.on('/user', async (seen, response) => {
      during = await visitor.login()
      json({ id: 1, login: 'ada' })(seen, response)
    })
    const callback = await visitor.startSignIn()
    assert.equal(await visitor.login(), undefined)
    await visitor.open(callback)
    assert.equal(during, undefined)
    assert.equal(await visitor.login(), 'ada')
  })

  const NO_USER = [
    { error: 'nobody' },
    { id: null },
    { id: '' },
    { id: {} },
    { id: [1] },
    { id: true },
    {},
    [],
    null,
    'ada',
  ]
  for (const reply of NO_USER) {
    test(`SE-23 the profile ${JSON.stringify(reply)} signs in no user`, async () => {
      acme.on('/user', json(reply))
      const rows = [app.count('users'), app.count('sessions')]
      const visitor = newBrowser()
      assert.equal((await visitor.signInAs()).status, 502)
      assert.equal(visitor.sessionCookie, undefined)
      assert.equal(await visitor.login(), undefined)
      assert.deepEqual([app.count('users'), app.count('sessions')], rows)
    })
  }

  test('SE-23 SE-24 a database that fails signs in no user: every request gets 503', async () => {
    const broken = await startApp(acme.settings())
    try {
      const ada = new AcmeBrowser(broken.origin)
      await ada.signInAs()
      await broken.vestibule.store.close()
      const stranger = new AcmeBrowser(broken.origin)
      stranger.useSession('x'.repeat(43))
      for (const path of ['/', '/profile', '/api/session']) {
        const { status, headers } = await stranger.open(path)
        assert.equal(status, 503, path)
        assert.equal(headers['cache-control'], 'no-store')
        assert.match(String(headers['content-security-policy']), /default-src 'none'/)
      }
      const callback = await new AcmeBrowser(broken.origin).startSignIn()
      assert.equal((await stranger.open(callback)).status, 503)
    } finally {
      await broken.stop()
    }
  })
})
