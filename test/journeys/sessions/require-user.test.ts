import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AcmeBrowser } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'

const PAGE = 'text/html,application/xhtml+xml'

let acme: FakeProvider
before(async () => {
  acme = await startFakeProvider()
})
after(() => acme.stop())

type Headers = Record<string, string>

/** What a person's browser sends when it opens a page, and variations that are still that. */
const NAVIGATIONS: [string, Headers][] = [
  ['a page that is opened', { Accept: PAGE }],
  [
    'a page, with all a browser says of it',
    { Accept: PAGE, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  ],
  ['a page, with the mode alone', { Accept: PAGE, 'Sec-Fetch-Mode': 'navigate' }],
  ['a page, with the destination alone', { Accept: PAGE, 'Sec-Fetch-Dest': 'document' }],
  [
    'a link on another site',
    { Accept: PAGE, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-Site': 'cross-site' },
  ],
  ['a link in a mail', { Accept: PAGE, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'none' }],
]

const OTHERS: [string, Headers, method?: string][] = [
  ['a fetch', { Accept: PAGE, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
  ['a fetch of the same origin', { Accept: PAGE, 'Sec-Fetch-Mode': 'same-origin' }],
  ['a request for JSON', { Accept: 'application/json' }],
  ['a request that names no type', {}],
  ['a request for anything', { Accept: '*/*' }],
  ['an image', { Accept: 'image/avif,*/*', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }],
  ['an image that says it takes HTML', { Accept: PAGE, 'Sec-Fetch-Dest': 'image' }],
  ['a frame', { Accept: PAGE, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }],
  ['an embedded object', { Accept: PAGE, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'object' }],
  ['a script', { Accept: PAGE, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' }],
  ['a prefetch', { Accept: PAGE, 'Sec-Fetch-Mode': 'navigate', 'Sec-Purpose': 'prefetch' }],
  ['a prerender', { Accept: PAGE, 'Sec-Purpose': 'prefetch;prerender' }],
  ['a prefetch of older browsers', { Accept: PAGE, Purpose: 'prefetch' }],
  ['a prefetch of older Firefox', { Accept: PAGE, 'X-Moz': 'prefetch' }],
  ['a form of a program', { Accept: '*/*' }, 'POST'],
  ['a form that a script sends', { Accept: PAGE, 'Sec-Fetch-Mode': 'cors' }, 'POST'],
  ['a form that would rather have JSON', { Accept: 'application/json, text/html;q=0.5' }, 'POST'],
]

describe('The guard, with a default provider', () => {
  let app: TestApp
  before(async () => {
    app = await startApp(acme.settings())
  })
  after(() => app.stop())

  for (const [what, headers] of NAVIGATIONS) {
    test(`the guard, with a default provider leads ${what} straight to the provider`, async () => {
      const visitor = new AcmeBrowser(app.origin)
      const page = await visitor.ask('/profile', { headers })
      assert.equal(page.status, 303)
      assert.ok(page.location?.startsWith(`${acme.origin}/authorize?`), page.location)
      assert.equal(visitor.attempts.length, 1)
    })

    test(`the guard, with a default provider lets /login/acme start a sign-in for ${what}`, async () => {
      const page = await new AcmeBrowser(app.origin).ask('/login/acme', { headers })
      assert.ok(page.location?.startsWith(`${acme.origin}/authorize?`), page.location)
    })
  }

  for (const [what, headers, method = 'GET'] of OTHERS) {
    test(`the guard, with a default provider tells ${what} 401 in JSON, and starts nothing`, async () => {
      const visitor = new AcmeBrowser(app.origin)
      const path = method === 'POST' ? '/logout' : '/profile'
      const page = await visitor.ask(path, { headers, method })
      assert.equal(page.status, 401)
      assert.equal(page.headers['set-cookie'], undefined)
      assert.equal(page.location, undefined)
      assert.match(String(page.headers['content-type']), /^application\/json/)
      assert.deepEqual(JSON.parse(page.text), { error: 'sign_in_required', login_url: `${app.origin}/login` })
    })
  }

  const partsOfPages = OTHERS.filter(([, headers]) => Object.keys(headers).some(name => name !== 'Accept'))
  for (const [what, headers] of partsOfPages) {
    test(`ST-14 the guard, with a default provider ${what} starts no sign-in at /login/acme either`, async () => {
      const visitor = new AcmeBrowser(app.origin)
      const page = await visitor.ask('/login/acme', { headers })
      assert.equal(page.status, 401)
      assert.equal(page.location, undefined)
      assert.equal(page.headers['set-cookie'], undefined)
    })
  }

  test('the guard, with a default provider answers HEAD with a redirect that begins nothing, and /login/acme refuses it', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const page = await visitor.ask('/profile', { method: 'HEAD', headers: { Accept: PAGE } })
    assert.equal(page.status, 303)
    assert.equal(page.location, `${app.origin}/login/acme?return_to=%2Fprofile`)
    assert.equal(page.headers['set-cookie'], undefined)

    const start = await visitor.ask('/login/acme', { method: 'HEAD', headers: { Accept: PAGE } })
    assert.equal(start.status, 405)
    assert.equal(start.headers.allow, 'GET')
    assert.equal(start.headers['set-cookie'], undefined)
  })

  test('the guard, with a default provider brings a person back to the page they wanted, its query included', async () => {
    const back = await new AcmeBrowser(app.origin).signInAs('ada', '/profile?tab=two&q=%C3%A4')
    assert.equal(back.location, `${app.origin}/profile?tab=two&q=%C3%A4`)
  })

  test('the guard, with a default provider starts nothing for a path that is not there', async () => {
    const visitor = new AcmeBrowser(app.origin)
    assert.equal((await visitor.open('/nowhere')).status, 404)
    assert.equal((await visitor.open('/login/nobody')).status, 404)
    assert.deepEqual(visitor.attempts, [])
  })
})

describe('The guard, without a default provider', () => {
  let app: TestApp
  let other: FakeProvider
  before(async () => {
    other = await startFakeProvider()
    const both = { ...other.settings('other'), ...acme.settings(), PROVIDERS: 'acme,other', DEFAULT_PROVIDER: '' }
    app = await startApp(both)
  })
  after(async () => {
    await app.stop()
    await other.stop()
  })

  test('the guard, without a default provider leads a navigation to the choice, with the return path', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const page = await visitor.open('/profile?tab=two')
    assert.equal(page.status, 303)
    assert.equal(page.location, `${app.origin}/login?return_to=%2Fprofile%3Ftab%3Dtwo`)
    assert.equal(page.headers['set-cookie'], undefined)

    const choice = await visitor.open(page.location)
    assert.match(choice.text, /href="\/login\/acme\?return_to=%2Fprofile%3Ftab%3Dtwo"/)
    assert.match(choice.text, /href="\/login\/other\?return_to=%2Fprofile%3Ftab%3Dtwo"/)
    assert.deepEqual(visitor.attempts, [])
  })

  test('the guard, without a default provider tells everything else 401', async () => {
    const page = await new AcmeBrowser(app.origin).ask('/', { headers: { Accept: 'application/json' } })
    assert.equal(page.status, 401)
  })
})

describe('The guard behind BASE_PATH', () => {
  let app: TestApp
  before(async () => {
    app = await startApp({ ...acme.settings(), BASE_PATH: '/x' })
  })
  after(() => app.stop())

  test('the guard behind BASE_PATH is told 401 with the prefixed login URL', async () => {
    const page = await new AcmeBrowser(app.origin).ask('/x/', { headers: { Accept: 'application/json' } })
    assert.deepEqual(JSON.parse(page.text), { error: 'sign_in_required', login_url: `${app.origin}/x/login` })
  })

  test('the guard behind BASE_PATH keeps the return path with its prefix, through the prefixed callback', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await visitor.startSignIn('/x/profile?tab=two')
    assert.ok(callback.startsWith(`${app.origin}/x/oauth/acme/callback?`), callback)
    const back = await visitor.open(callback)
    assert.equal(back.location, `${app.origin}/x/profile?tab=two`)
    assert.equal((await visitor.open('/x/')).status, 200)
  })

  test('the guard behind BASE_PATH ends a sign-in without a return path at the prefixed home', async () => {
    const back = await new AcmeBrowser(app.origin).signInAs('ada', '/x/login/acme')
    assert.equal(back.location, `${app.origin}/x/`)
  })

  test('the guard behind BASE_PATH knows nothing outside of the prefix', async () => {
    const visitor = new AcmeBrowser(app.origin)
    for (const path of ['/', '/login', '/login/acme', '/profile', '/api/session', '/health/live', '/X/login']) {
      assert.equal((await visitor.open(path)).status, 404, path)
    }
  })

  test('the guard behind BASE_PATH links and redirects within the prefix everywhere, and sets every cookie for the whole host', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const callback = await visitor.startSignIn('/x/')
    const pages = [
      await visitor.open('/x/login?return_to=/x/profile'),
      await visitor.open('/x/signed-out'),
      await visitor.open('/x/nowhere'),
      await visitor.open('/x/oauth/acme/callback?state=nonsense'),
      await visitor.ask('/x/profile', { method: 'HEAD', headers: { Accept: PAGE } }),
      await visitor.open('/x/'),
      await visitor.open(callback),
      await visitor.open('/x/'),
      await visitor.open('/x/profile'),
      await visitor.open('/x/logout'),
    ]
    pages.push(await visitor.submit(pages.at(-1) ?? assert.fail(), '/x/logout'))
    for (const { text, url, location, headers } of pages) {
      const links = [...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map(([, link = '']) => link)
      const ours = links.filter(link => link.startsWith('/'))
      assert.deepEqual(
        ours.filter(link => !link.startsWith('/x/')),
        [],
        url,
      )
      if (location?.startsWith(app.origin)) assert.ok(location.startsWith(`${app.origin}/x/`), location)
      for (const cookie of [headers['set-cookie'] ?? []].flat()) assert.match(cookie, /; path=\/(;|$)/)
    }
  })

  test('the guard behind BASE_PATH serves the stylesheet within the prefix', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const css = /href="(\/x\/assets\/[^"]*\.css)"/.exec((await visitor.open('/x/login')).text)?.[1]
    assert.ok(css)
    assert.equal((await visitor.open(css)).status, 200)
  })
})
