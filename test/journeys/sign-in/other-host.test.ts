// Behind a proxy that ends TLS, in an environment that is not local, people come by another name than PUBLIC_URL's.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { AcmeBrowser, assertRefused, retryPath } from '../../support/acme-browser.js'
import { startApp } from '../../support/app.js'
import { type AppBehindTls, startBehindTls } from '../../support/behind-tls.js'
import { callbackUrl } from '../../support/fake-provider.js'
import { hrefsOf } from '../../support/http-browser.js'

const folder = mkdtempSync(join(tmpdir(), 'vestibule-other-host-'))
const SETTINGS = {
  ...{ ENVIRONMENT: 'prod', PROVIDERS: 'acme', DEFAULT_PROVIDER: 'acme', ALLOWED_USERS: '*' },
  ...{ SECRET_KEYS: randomBytes(32).toString('base64url'), DATABASE_URL: `sqlite:${join(folder, 'vestibule.db')}` },
  ...{ ACME_PROTOCOL: 'oauth2', ACME_CLIENT_ID: 'client', ACME_CLIENT_SECRET: 'secret of the client' },
  ACME_AUTHORIZE_URL: 'https://acme.example/authorize',
  ACME_TOKEN_URL: 'https://acme.example/token',
  ACME_USER_URL: 'https://acme.example/user',
  TRUSTED_PROXIES: '127.0.0.1',
}
const WWW = { Host: 'www.app.example' }
const BY_WWW = { ...WWW, 'X-Forwarded-Host': 'www.app.example' }

let app: AppBehindTls
before(async () => {
  // In local the tables are made at the start.
  await (await startApp({ DATABASE_URL: SETTINGS.DATABASE_URL })).stop()
  app = await startBehindTls(SETTINGS)
})
after(async () => {
  await app.stop()
  rmSync(folder, { recursive: true, force: true })
})

const newBrowser = () => new AcmeBrowser(app.proxyUrl)

/** A sign-in that began under a Host, up to the callback, where the browser has none of its cookies. */
async function comeBack(headers: Record<string, string>) {
  const start = await newBrowser().open('/login/acme?return_to=/profile', headers)
  return app.inside(callbackUrl(start.location ?? assert.fail(start.text)))
}

test('B-28 a sign-in that began at another host than PUBLIC_URL gets a page that is true for any Host, keeps the return path, and is logged with both hosts', async () => {
  const page = await newBrowser().open(await comeBack(WWW))
  assertRefused(page, 400, 'attempt_missing')
  assert.match(page.text, /<h1>This browser sent no cookie<\/h1>/)
  assert.match(page.text, /Either this browser keeps no cookies for this site, or the sign-in began at another address/)
  assert.doesNotMatch(page.text, /www\.app\.example/)
  assert.equal(retryPath(page), '/profile')
  const line = 'the sign-in began with the Host www.app.example, and PUBLIC_URL is https://app.example'
  assert.ok(app.logged().includes(line), app.logged())
})

test('B-28 the page of a sign-in names the other host if a trusted proxy says that the browser asked for it', async () => {
  const page = await newBrowser().open(await comeBack(BY_WWW))
  assertRefused(page, 400, 'attempt_missing')
  assert.match(page.text, /<h1>That sign-in began at another address<\/h1>/)
  assert.equal(retryPath(page), '/profile')
})

test('B-28 the page of a sign-in that began at the right host does not mention hosts', async () => {
  const at = app.logged().length
  const page = await newBrowser().open(await comeBack({ Host: 'app.example' }))
  assertRefused(page, 400, 'attempt_missing')
  assert.doesNotMatch(app.logged().slice(at), /began with the Host/)
})

test('B-28 a visitor of another host, as a trusted proxy says, is redirected to PUBLIC_URL before the sign-in starts, without a cookie', async () => {
  const page = await newBrowser().open('/account?x=1', BY_WWW)
  assert.equal(page.status, 303)
  assert.equal(page.location, 'https://app.example/login/acme?return_to=%2Faccount%3Fx%3D1')
  assert.equal(page.headers['set-cookie'], undefined)
})

test('B-28 a visitor of another host is not redirected in circles if the proxy does not know the host that the browser asked for', async () => {
  const visitor = newBrowser()
  const first = await visitor.open('/account', BY_WWW)
  const second = await visitor.open(app.inside(first.location ?? ''), BY_WWW)
  assert.ok(second.location?.startsWith('https://acme.example/authorize?'), second.location)
  assert.equal(visitor.attempts.length, 1)
})

test('B-28 the provider page of another host has links to PUBLIC_URL', async () => {
  const page = await newBrowser().open('/login?return_to=/profile', BY_WWW)
  assert.ok(hrefsOf(page).includes('https://app.example/login/acme?return_to=%2Fprofile'), page.text)
})

test('B-28 an API request to another host gets 401, and a Host header alone, or the right host, changes nothing', async () => {
  const json = await newBrowser().ask('/account', { headers: { ...BY_WWW, Accept: 'application/json' } })
  assert.equal(json.status, 401)
  const evil = { ...WWW, 'X-Forwarded-Host': 'evil.example' }
  const rights = [WWW, evil, { ...WWW, 'X-Forwarded-Host': 'APP.example:443' }, { ...WWW, 'X-Forwarded-Host': '///' }]
  for (const headers of rights) {
    const page = await newBrowser().open('/account', headers)
    assert.ok(page.location?.startsWith('https://acme.example/authorize?'), page.location)
  }
})

test('B-28 only a trusted proxy can say that a visitor asked for another host', async t => {
  const untrusting = await startBehindTls({ ...SETTINGS, TRUSTED_PROXIES: '' })
  t.after(() => untrusting.stop())
  const page = await new AcmeBrowser(untrusting.proxyUrl).open('/account', BY_WWW)
  assert.ok(page.location?.startsWith('https://acme.example/authorize?'), page.location)
})
