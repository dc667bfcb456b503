import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { hiddenFields } from '../../support/http-browser.js'
import { startWatchedApp, type WatchedApp } from '../../support/watched-app.js'

let acme: FakeProvider
let app: WatchedApp

before(async () => {
  acme = await startFakeProvider()
  app = await startWatchedApp({ ...acme.settings(), LOG_LEVEL: 'silent' })
})
after(async () => {
  await app.stop()
  await acme.stop()
})

type Headers = Record<string, string>

async function signedIn(name = 'ada'): Promise<AcmeBrowser> {
  const visitor = new AcmeBrowser(app.origin)
  await visitor.signInAs(name)
  return visitor
}

const tokenOf = async (visitor: AcmeBrowser) => hiddenFields((await visitor.open('/logout')).text).csrf ?? ''

const signOut = (visitor: AcmeBrowser, form: Headers, headers: Headers = {}) =>
  visitor.ask('/logout', { method: 'POST', form, headers: { Accept: 'text/html', ...headers } })

describe('Signing out', () => {
  test('ST-15 signing out is not done by GET: that shows a button, to an image too', async () => {
    const visitor = await signedIn()
    const asImage = { Accept: 'image/*,text/html', 'Sec-Fetch-Dest': 'image', 'Sec-Fetch-Site': 'cross-site' }
    for (const headers of [{ Accept: 'text/html' }, asImage]) {
      const page = await visitor.ask('/logout', { headers })
      assert.equal(page.status, 200)
      assert.match(page.text, /<form[^>]* method="post"/)
    }
    assert.equal((await visitor.ask('/logout', { method: 'HEAD' })).status, 200)
    assert.equal(await visitor.login(), 'ada')
  })

  test('signing out is done by the button', async () => {
    const visitor = await signedIn()
    const page = await signOut(visitor, { csrf: await tokenOf(visitor) })
    assert.equal(page.location, `${app.origin}/signed-out`)
    assert.equal(await visitor.login(), undefined)
  })

  test('ST-16 signing out without the token is refused, wherever it comes from', async () => {
    const visitor = await signedIn()
    const places: Headers[] = [
      {},
      { 'Sec-Fetch-Site': 'same-origin', Origin: app.origin },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
    ]
    for (const headers of places) {
      for (const form of [{}, { csrf: '' }, { csrf: 'undefined' }, { csrf: 'x'.repeat(43) }]) {
        assertRefused(await signOut(visitor, form, headers), 403, 'csrf')
      }
    }
    assert.equal(await visitor.login(), 'ada')
  })

  test('ST-16 signing out with the token in the query is refused, because only forms and scripts send it', async () => {
    const visitor = await signedIn()
    const token = await tokenOf(visitor)
    const headers = { Accept: 'text/html', 'X-CSRF-Token': '' }
    const page = await visitor.ask(`/logout?csrf=${token}`, { method: 'POST', headers })
    assertRefused(page, 403, 'csrf')
    assert.equal(await visitor.login(), 'ada')
  })

  const FOREIGN: Headers[] = [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'none' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'null' },
    { Origin: 'https://evil.example' },
    { Origin: 'http://localhost' },
    { Origin: 'http://127.0.0.1' },
    { Origin: 'http://localhost.evil.example' },
  ]
  for (const headers of FOREIGN) {
    test(`ST-16 signing out with the token but from ${JSON.stringify(headers)} is refused`, async () => {
      const visitor = await signedIn()
      assertRefused(await signOut(visitor, { csrf: await tokenOf(visitor) }, headers), 403, 'csrf')
      assert.equal(await visitor.login(), 'ada')
    })
  }

  const OURS: [string, () => Headers][] = [
    ['a browser of today', () => ({ 'Sec-Fetch-Site': 'same-origin', Origin: 'null' })],
    ['a browser that tells its origin', () => ({ 'Sec-Fetch-Site': 'same-origin', Origin: app.origin })],
    ['a browser without Fetch Metadata', () => ({ Origin: 'null' })],
    ['an old browser', () => ({ Origin: app.origin })],
  ]
  for (const [browser, headers] of OURS) {
    test(`ST-16 signing out works with the token and the headers that ${browser} sends from our own page`, async () => {
      const visitor = await signedIn()
      const page = await signOut(visitor, { csrf: await tokenOf(visitor) }, headers())
      assert.equal(page.status, 303)
      assert.equal(await visitor.login(), undefined)
    })
  }

  test('signing out takes the token from a header, for scripts', async () => {
    const visitor = await signedIn()
    const page = await signOut(visitor, {}, { 'X-CSRF-Token': await tokenOf(visitor) })
    assert.equal(page.status, 303)
  })

  test("ST-17 another person's token is refused", async () => {
    const grace = await signedIn('grace')
    const ada = await signedIn('ada')
    assertRefused(await signOut(ada, { csrf: await tokenOf(grace) }), 403, 'csrf')
    assert.equal(await ada.login(), 'ada')
  })

  test('ST-17 the token of the same person before they signed in again is refused', async () => {
    const visitor = await signedIn()
    const token = await tokenOf(visitor)
    await visitor.signInAs('ada')
    assertRefused(await signOut(visitor, { csrf: token }), 403, 'csrf')
    assert.notEqual(await tokenOf(visitor), token)
    assert.equal(await visitor.login(), 'ada')
  })

  test('ST-17 a page for people without a session carries no token that could be of use later', async () => {
    const visitor = new AcmeBrowser(app.origin)
    for (const path of ['/login', '/signed-out'])
      assert.equal(hiddenFields((await visitor.open(path)).text).csrf, undefined)
  })

  test('signing out takes a plain form alone, and no more than 64 kB of it', async () => {
    const visitor = await signedIn()
    const csrf = await tokenOf(visitor)
    assertRefused(await signOut(visitor, { csrf, padding: 'a'.repeat(70_000) }), 413, 'too_large')
    const types = ['application/json', 'text/plain', 'multipart/form-data; boundary=x']
    for (const type of types)
      assertRefused(await signOut(visitor, { csrf }, { 'Content-Type': type }), 415, 'unsupported_type')
    assertRefused(await signOut(visitor, { csrf }, { 'Content-Encoding': 'gzip' }), 415, 'unsupported_type')
    assert.equal(await visitor.login(), 'ada')
  })
})
