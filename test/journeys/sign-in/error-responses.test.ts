import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { AcmeBrowser, assertRefused, retryPath } from '../../support/acme-browser.js'
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
afterEach(() => acme.reset())

const newBrowser = () => new AcmeBrowser(app.origin)

describe('An error answer', () => {
  test('ST-19 a denied sign-in shows a plain page, ends the attempt, and can be started again', async () => {
    const visitor = newBrowser()
    const callback = await visitor.startSignIn('/profile', { error: 'access_denied' })
    assert.equal(visitor.attempts.length, 1)
    const page = await visitor.open(callback)
    assertRefused(page, 403, 'provider_denied')
    assert.equal(retryPath(page), '/profile')
    assert.deepEqual(visitor.attempts, [])
    assertRefused(await visitor.open(callback), 400, 'attempt_missing')
    assert.deepEqual(acme.requests, [])
  })

  test('ST-19 an error response ends only its own attempt', async () => {
    const visitor = newBrowser()
    const other = await visitor.startSignIn('/profile')
    await visitor.open(await visitor.startSignIn('/', { error: 'server_error' }))
    assert.equal(visitor.attempts.length, 1)
    assert.equal((await visitor.open(other)).location, `${app.origin}/profile`)
  })

  for (const error of ['server_error', 'invalid_scope', 'unauthorized_client', '', 'made_up']) {
    test(`ST-19 the error response "${error}" is a fault of the provider, and ends the attempt`, async () => {
      const visitor = newBrowser()
      assertRefused(await visitor.open(await visitor.startSignIn('/', { error })), 502, 'provider_error')
      assert.deepEqual(visitor.attempts, [])
    })
  }

  test('ST-20 an error response with an unknown state is not shown as a message of the provider, and ends no attempt', async () => {
    const message = { error: 'access_denied', error_description: 'Call 555-0100 to unlock your account' }
    for (const state of ['', '&state=', '&state=made-up']) {
      const visitor = newBrowser()
      await visitor.startSignIn()
      const page = await visitor.open(`/oauth/acme/callback?${new URLSearchParams(message)}${state}`)
      assertRefused(page, 400, state === '&state=made-up' ? 'attempt_missing' : 'state_missing')
      assert.doesNotMatch(page.text, /555-0100|access_denied/)
      assert.equal(visitor.attempts.length, 1)
    }
  })

  const DESCRIPTIONS: [string, string][] = [
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['an attribute', '" onmouseover="alert(1)'],
    ['a template', '{{ site }}{% include "error.njk" %}'],
    ['12 kB', 'a'.repeat(12_000)],
    ['control characters', 'one\x00two\x07\x1b[31m\x7f'],
    ['marks of direction', 'safe \u202e gnihsihp \u2066 x'],
    ['line ends', 'one\r\nSet-Cookie: a=b\r\n\r\n<html>'],
  ]
  for (const [what, error_description] of DESCRIPTIONS) {
    test(`ST-21 the description of an error response is cut, cleaned and escaped: ${what}`, async () => {
      const visitor = newBrowser()
      const page = await visitor.open(await visitor.startSignIn('/', { error: 'access_denied', error_description }))
      assertRefused(page, 403, 'provider_denied')
      const quoted = /<q>(.*?)<\/q>/s.exec(page.text)?.[1]?.replace(/<\/?bdi>/g, '')
      assert.ok(quoted !== undefined, page.text)
      assert.ok(quoted.length <= 400, 'The quotation is too long')
      assert.doesNotMatch(quoted, /[<>"\p{Cc}\p{Bidi_Control}]/u)
      assert.equal(page.headers['set-cookie']?.toString().includes('a=b'), false)
    })
  }

  test('ST-21 an error response with a description of 100 kB is refused before it is read', async () => {
    const visitor = newBrowser()
    const callback = await visitor.startSignIn('/', { error: 'access_denied', error_description: 'a'.repeat(100_000) })
    assert.equal((await visitor.open(callback)).status, 431)
  })

  test('ST-22 the page of an error response never links to its error_uri', async () => {
    for (const error_uri of ['javascript:alert(1)', 'https://evil.example/']) {
      const visitor = newBrowser()
      const page = await visitor.open(await visitor.startSignIn('/', { error: 'access_denied', error_uri }))
      assertRefused(page, 403, 'provider_denied')
      assert.doesNotMatch(page.text, /evil\.example|javascript:/)
    }
  })

  test('ST-23 an error response with a code is still an error', async () => {
    const visitor = newBrowser()
    const page = await visitor.open(await visitor.startSignIn('/', { code: 'ada', error: 'access_denied' }))
    assertRefused(page, 403, 'provider_denied')
    assert.deepEqual(acme.requests, [])
    assert.equal(await visitor.login(), undefined)
  })

  test('ST-23 a response with neither code nor error is incomplete, and so is one with an empty code', async () => {
    for (const response of [{}, { code: '' }]) {
      const visitor = newBrowser()
      assertRefused(await visitor.open(await visitor.startSignIn('/', response)), 400, 'code_missing')
      assert.deepEqual(acme.requests, [])
    }
  })
})

for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
  test(`ST-24 the callback refuses the method ${method} and uses nothing up`, async () => {
    const visitor = newBrowser()
    const callback = await visitor.startSignIn('/profile')
    const page = await visitor.ask(callback, { method, headers: { Accept: 'text/html' } })
    assert.equal(page.status, 405)
    assert.match(String(page.headers.allow), /GET/)
    assert.equal(page.headers['set-cookie'], undefined)
    assert.deepEqual(acme.requests, [])
    assert.equal((await visitor.open(callback)).location, `${app.origin}/profile`)
  })
}

test('ST-24 a form_post that was not requested is refused, and its state and code are not read', async () => {
  const visitor = newBrowser()
  const query = new URL(await visitor.startSignIn()).searchParams
  const page = await visitor.ask('/oauth/acme/callback', { method: 'POST', form: Object.fromEntries(query) })
  assert.equal(page.status, 405)
  assert.deepEqual(acme.requests, [])
  assert.equal(visitor.attempts.length, 1)
})
