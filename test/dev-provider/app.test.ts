import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createDevProvider } from '../../src/dev-provider/app.js'
import { APP, CONFIDENTIAL, encode, openProvider, REQUEST, setUp, VIEWS } from './setup.js'

const AUTHORIZE = `/login/oauth/authorize?${encode(REQUEST)}`

test('the front page says what this is and where the app is', async t => {
  const { open } = await setUp(t)
  const response = await open('/')
  assert.equal(response.status, 200)
  const html = await response.text()
  assert.match(html, /development provider/i)
  assert.ok(html.includes(APP))
})

test('every response has the security headers, errors and redirects too, and no cookie', async t => {
  const { open, choose } = await setUp(t)
  const policy = [
    "default-src 'none'; style-src 'self'; img-src 'self'",
    `form-action 'self' ${APP}`,
    "base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
  ].join('; ')
  const paths = ['/', AUTHORIZE, '/login/oauth/authorize', '/nowhere', '/user', '/assets/vestibule.css']
  const responses = [...(await Promise.all(paths.map(path => open(path)))), await choose({ person: 'ada' })]
  for (const response of responses) {
    assert.equal(response.headers.get('content-security-policy'), policy)
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(response.headers.get('set-cookie'), null)
    if (!response.url.includes('/assets/')) assert.equal(response.headers.get('cache-control'), 'no-store')
  }
})

test('stylesheet and icon are served and may be cached', async t => {
  const { open } = await setUp(t)
  for (const [path, type] of [
    ['/assets/vestibule.css', /^text\/css/],
    ['/assets/icon.svg', /^image\/svg\+xml/],
  ] as const) {
    const response = await open(path)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', type)
    assert.match(response.headers.get('cache-control') ?? '', /max-age/)
  }
  assert.equal((await open('/assets/..%2fdev-provider%2ferror.njk')).status, 404)
})

test('an unknown path gets a page, or JSON where the request accepts JSON', async t => {
  const { open } = await setUp(t)
  const page = await open('/nowhere/<b>')
  assert.equal(page.status, 404)
  assert.match(page.headers.get('content-type') ?? '', /text\/html/)
  const json = await open('/Login/OAuth/Authorize', { headers: { accept: 'application/json' } })
  assert.equal(json.status, 404)
  assert.equal(typeof ((await json.json()) as { message: string }).message, 'string')
})

test('a method that a path does not have is refused with 405 and the ones that it has', async t => {
  const { open } = await setUp(t)
  const response = await open('/login/oauth/authorize', { method: 'PUT' })
  assert.equal(response.status, 405)
  assert.match(response.headers.get('allow') ?? '', /GET/)
})

test('HEAD shows what GET would, without a body', async t => {
  const { open } = await setUp(t)
  const response = await open(AUTHORIZE, { method: 'HEAD' })
  assert.equal(response.status, 200)
  assert.equal(await response.text(), '')
  assert.equal((await open('/login/oauth/access_token', { method: 'HEAD' })).status, 405)
})

test('an internal error is logged once and shown as a 500 with its headers', async t => {
  const now = () => {
    throw new Error('the clock broke')
  }
  const { app, post } = await openProvider(t, { clients: [CONFIDENTIAL], now })
  const logged: unknown[] = []
  app.on('error', error => logged.push(error))
  const response = await post('/login/oauth/authorize', { ...REQUEST, person: 'ada' })
  assert.equal(response.status, 500)
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.doesNotMatch(await response.text(), /clock/)
  assert.equal(logged.length, 1)
})

test('an invalid origin is refused at once, because it is a part of the CSP', () => {
  const rest = { clients: [], viewsDir: VIEWS, post: async () => 200 }
  for (const other of ['', 'localhost:3000', `${APP}/`, `${APP}/app`, `${APP}; script-src *`]) {
    assert.throws(() => createDevProvider({ ...rest, appOrigin: other, url: APP }), /appOrigin/)
    assert.throws(() => createDevProvider({ ...rest, appOrigin: APP, url: other }), /url/)
  }
})

test('nothing of ours is imported from outside the folder, so that both sides cannot share a bug', () => {
  const folder = new URL('../../../src/dev-provider/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
  assert.ok(files.length > 5)
  const packages = [
    'koa',
    '@koa/router',
    'co-body',
    'nunjucks',
    'node:crypto',
    'node:fs',
    'node:stream',
    'node:timers/promises',
    'node:zlib',
  ]
  for (const file of files) {
    const source = readFileSync(new URL(file, folder), 'utf8')
    for (const [, wanted = ''] of source.matchAll(/(?:from|import)\s*\(?'([^']+)'/g)) {
      const inside = wanted.startsWith('.') && new URL(wanted, new URL(file, folder)).href.startsWith(folder.href)
      assert.ok(inside || packages.includes(wanted), `${file} imports ${wanted}`)
    }
  }
})
