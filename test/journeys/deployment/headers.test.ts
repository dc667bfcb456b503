import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import { randomToken } from '../../../src/crypto/random.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { type AppBehindTls, startBehindTls } from '../../support/behind-tls.js'
import { callbackUrl, type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import type { Page } from '../../support/http-browser.js'
import { forVisitors } from '../../support/page-notes.js'

const DIRECTIVES = [
  "default-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
]

let acme: FakeProvider
before(async () => {
  acme = await startFakeProvider()
})
after(() => acme.stop())

/** One answer of every kind, by what it is; `fails` makes our own side fail while it is true. */
async function responsesOf(origin: string, fails: (now: boolean) => void): Promise<Record<string, Page>> {
  const stranger = new AcmeBrowser(origin)
  const ada = new AcmeBrowser(origin)
  const inside = (url: string) => `${origin}${url.slice(new URL(url).origin.length)}`
  const start = await ada.open('/profile')
  const callback = await ada.open(inside(callbackUrl(start.location ?? '')))
  const refusedStart = await stranger.open('/login/acme')
  const denied = await stranger.open(inside(callbackUrl(refusedStart.location ?? '', { error: 'access_denied' })))
  const brokenStart = await stranger.open('/login/acme')
  acme.on('/token', json({}, 500))
  const broken = await stranger.open(inside(callbackUrl(brokenStart.location ?? '')))
  acme.reset()

  const responses: Record<string, Page> = {
    '200 home': await ada.open('/'),
    '200 profile': await ada.open('/profile'),
    '200 login': await stranger.open('/login'),
    '200 logout': await ada.open('/logout'),
    '200 signed out': await stranger.open('/signed-out'),
    '200 session, as JSON': await ada.ask('/api/session'),
    '200 live, as JSON': await stranger.ask('/health/live'),
    '303 to the provider': start,
    '303 after the callback': callback,
    '400 attempt missing': await stranger.open('/oauth/acme/callback?code=x&state=y'),
    '401 as JSON': await stranger.ask('/'),
    '403 denied': denied,
    '403 csrf': await ada.ask('/logout', { method: 'POST', headers: { Accept: 'text/html' } }),
    '404 page': await ada.open('/nowhere'),
    '404 as JSON': await ada.ask('/nowhere', { headers: { Accept: 'application/json' } }),
    '405 method': await ada.ask('/profile', { method: 'PUT', headers: { Accept: 'text/html' } }),
    '415 type': await ada.ask('/logout', {
      method: 'POST',
      form: { csrf: 'x' },
      headers: { Accept: 'text/html', 'Content-Type': 'text/plain' },
    }),
    '502 provider': broken,
  }
  fails(true)
  responses['500 internal'] = await stranger.open('/login/acme')
  fails(false)
  return responses
}

describe('Every answer', () => {
  let app: TestApp
  let responses: Record<string, Page>
  let failing = false
  before(async () => {
    const random = () => (failing ? assert.fail('hunter2 is the password') : randomToken())
    app = await startApp(acme.settings(), { random })
    responses = await responsesOf(app.origin, now => {
      failing = now
    })
  })
  after(() => app.stop())

  const each = (check: (page: Page, what: string) => void) => () => {
    for (const [what, page] of Object.entries(responses)) check(page, what)
  }

  it(
    'every answer has the status that its name says',
    each((page, what) => assert.equal(page.status, Number(what.slice(0, 3)), what)),
  )

  it(
    'HD-01 every answer carries a policy in which nothing runs, nothing frames us and no form leaves',
    each(({ headers }, what) => {
      const policy = String(headers['content-security-policy'])
      for (const directive of DIRECTIVES) assert.ok(policy.split('; ').includes(directive), `${what}: ${policy}`)
      assert.doesNotMatch(policy, /unsafe|script-src|\*|data:/, what)
      assert.equal(headers['x-frame-options'], 'DENY', what)
    }),
  )

  it(
    'HD-01 every answer has no script and no style within it',
    each(({ text }, what) => {
      assert.doesNotMatch(text, /<script|<style|\sstyle=|\son[a-z]+=|javascript:/i, what)
    }),
  )

  it(
    'HD-02 every answer sends no referrer on',
    each(({ headers }, what) => {
      assert.equal(headers['referrer-policy'], 'no-referrer', what)
    }),
  )

  it(
    'HD-02 every answer loads nothing from elsewhere and links nowhere else',
    each(({ text, url }, what) => {
      for (const [, link = ''] of text.matchAll(/\s(?:href|src|action)="([^"]*)"/g)) {
        assert.equal(new URL(link, url).origin, app.origin, `${what}: ${link}`)
      }
    }),
  )

  it(
    'HD-03 every answer is not sniffed and stays in its own window group',
    each(({ headers }, what) => {
      assert.equal(headers['x-content-type-options'], 'nosniff', what)
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin', what)
      assert.equal(headers['strict-transport-security'], undefined, what)
      assert.equal(headers['access-control-allow-origin'], undefined, what)
      assert.equal(headers['x-powered-by'], undefined, what)
    }),
  )

  it(
    'SE-20 every answer is kept by nobody, and no cache gives it to another person',
    each(({ headers }, what) => {
      assert.equal(headers['cache-control'], 'no-store', what)
      assert.match(String(headers.vary), /Cookie/, what)
    }),
  )

  it(
    'SE-19 every answer sets no cookie of more than 4,096 bytes',
    each(({ headers }, what) => {
      for (const cookie of [headers['set-cookie'] ?? []].flat()) assert.ok(cookie.length <= 4096, what)
    }),
  )

  test('HD-04 every answer leads on by 303, and never with the code', () => {
    const { headers } = responses['303 after the callback'] ?? assert.fail()
    assert.equal(headers.location, '/profile')
    assert.equal(headers['set-cookie']?.length, 2)
  })

  test('HD-08 every answer of a fault of ours shows visitors a number and nothing else; the log has the cause, once', () => {
    const page = responses['500 internal'] ?? assert.fail()
    assertRefused(page, 500, 'internal')
    assert.doesNotMatch(forVisitors(page), /hunter2|assert|\.js|node:|Error/i)
    const id = /request <code>([\w-]{22})<\/code>/.exec(page.text)?.[1] ?? assert.fail(page.text)
    const lines = app
      .logged()
      .split('\n')
      .filter(line => line.includes('hunter2'))
    assert.equal(lines.length, 1)
    assert.ok(lines[0]?.includes(id))
  })

  test('HD-08 every answer as JSON says the same', async () => {
    failing = true
    const page = await new AcmeBrowser(app.origin).ask('/login/acme', { headers: { Accept: 'application/json' } })
    failing = false
    assert.equal(page.status, 500)
    assert.deepEqual(Object.keys(JSON.parse(page.text)), ['error', 'message', 'request_id'])
    assert.doesNotMatch(page.text, /hunter2/)
  })
})

test('an asset may be kept for ever, is not sniffed, and knows nobody', async () => {
  const app = await startApp(acme.settings())
  try {
    const ada = new AcmeBrowser(app.origin)
    await ada.signInAs()
    const { text } = await ada.open('/')
    const assets = [...text.matchAll(/<link [^>]*href="(\/assets\/[^"]*)"/g)].map(([, href = '']) => href)
    assert.equal(assets.length, 2)
    for (const href of assets) {
      const { status, headers } = await ada.ask(href)
      assert.equal(status, 200)
      assert.match(String(headers['cache-control']), /public, max-age=31536000, immutable/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.match(String(headers['content-type']), /^(text\/css|image\/svg\+xml)/)
      assert.ok(headers['content-security-policy'])
      assert.equal(headers.vary, undefined)
      assert.equal(headers['set-cookie'], undefined)
      assert.equal((await ada.ask(href, { method: 'POST' })).status, 404)
    }
    for (const path of [
      '/assets/',
      '/assets/vestibule.css',
      '/assets/../package.json',
      '/assets/..%2f..%2fpackage.json',
    ]) {
      const page = await ada.open(path)
      assert.equal(page.status, 404, path)
      assert.equal(page.headers['cache-control'], 'no-store', path)
    }
  } finally {
    await app.stop()
  }
})

describe('On https', () => {
  let app: AppBehindTls
  before(async () => {
    app = await startBehindTls(acme.settings())
  })
  after(() => app.stop())

  test('HD-03 on https, every answer binds browsers to https for more than a year', async () => {
    for (const [what, { headers }] of Object.entries(await responsesOf(app.proxyUrl, () => {}))) {
      const seconds = Number(/max-age=(\d+)/.exec(String(headers['strict-transport-security']))?.[1])
      assert.ok(seconds >= 365 * 24 * 60 * 60, what)
    }
  })
})
