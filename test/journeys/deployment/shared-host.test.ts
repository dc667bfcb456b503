import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { localOrigin } from '../../../src/config/value-readers.js'
import { sessionOf } from '../../support/acme-app.js'
import { type Settings, startApp } from '../../support/app.js'
import { startBehindTls } from '../../support/behind-tls.js'
import { HttpBrowser } from '../../support/http-browser.js'

async function start(t: TestContext, settings: Settings) {
  const app = await startApp(settings)
  t.after(() => app.stop())
  return app
}

test('B-43 two apps on one host do not sign each other out: in local the port stands in the names of the cookies', async t => {
  const one = await start(t, { COOKIE_PREFIX: '' })
  const other = await start(t, { COOKIE_PREFIX: '' })
  const ada = new HttpBrowser(one.origin)
  await ada.signIn()
  // One browser: ports share its cookies.
  const there = new HttpBrowser(other.origin)
  there.jar.set('localhost', ada.cookies())
  await there.signIn('grace')

  assert.equal((await sessionOf(ada)).user.login, 'ada')
  assert.equal((await sessionOf(there)).user.login, 'grace')
  const names = [...ada.cookies().keys()].filter(name => name.endsWith('-session') && name.startsWith('vestibule'))
  assert.deepEqual(names.sort(), [`vestibule-${one.port}-session`, `vestibule-${other.port}-session`].sort())
  await ada.open('/signed-out')
  assert.equal((await sessionOf(there)).signed_in, true)
})

test('B-43 two apps on one host with COOKIE_PREFIX have the names that it says, for every cookie, also behind __Host-', async t => {
  const app = await startBehindTls({
    COOKIE_PREFIX: 'intranet',
    ...providers('acme', 'other'),
  })
  t.after(() => app.stop())
  const visitor = new HttpBrowser(app.proxyUrl)
  const set = async (path: string) => [(await visitor.open(path)).headers['set-cookie'] ?? []].flat().join()
  assert.match(await set('/login/acme'), /^__Host-intranet-attempt-[0-7]=/)
  assert.doesNotMatch(await set('/login/other'), /vestibule/)
})

test('B-43 two apps on one host are told apart by the session cookie alone: one of the other name signs nobody in', async t => {
  const app = await start(t, { COOKIE_PREFIX: 'intranet' })
  const ada = new HttpBrowser(app.origin)
  await ada.signIn()
  const value = ada.cookies().get('intranet-session') ?? ''
  assert.equal((await sessionOf(ada)).signed_in, true)
  const renamed = new HttpBrowser(app.origin)
  renamed.jar.set('localhost', new Map([['vestibule-session', value]]))
  assert.deepEqual(await sessionOf(renamed), { signed_in: false })
})

/** Providers that nothing has to be asked of: their URLs are made of settings alone. */
const providers = (...names: string[]): Settings => ({
  PROVIDERS: names.join(),
  DEFAULT_PROVIDER: '',
  ...Object.fromEntries(names.flatMap(name => Object.entries(settingsOf(name.toUpperCase(), `https://${name}.test`)))),
})

const settingsOf = (prefix: string, url: string): Settings => ({
  [`${prefix}_PROTOCOL`]: 'oauth2',
  [`${prefix}_CLIENT_ID`]: 'client',
  [`${prefix}_CLIENT_SECRET`]: 'a-client-of-this-test',
  [`${prefix}_AUTHORIZE_URL`]: `${url}/authorize`,
  [`${prefix}_TOKEN_URL`]: `${url}/token`,
  [`${prefix}_USER_URL`]: `${url}/user`,
})

for (const [hsts, header] of [
  ['', 'max-age=63072000'],
  ['host', 'max-age=63072000'],
  ['subdomains', 'max-age=63072000; includeSubDomains'],
  ['off', undefined],
] as const) {
  test(`B-44 Strict-Transport-Security with HSTS=${hsts} on https is ${header ?? 'absent'}, on pages and on refusals`, async t => {
    const app = await startBehindTls({ HSTS: hsts, ...providers('acme') })
    t.after(() => app.stop())
    for (const path of ['/login', '/no-such-page', '/health/live'])
      assert.equal((await new HttpBrowser(app.proxyUrl).open(path)).headers['strict-transport-security'], header, path)
  })
}

test('B-44 Strict-Transport-Security is absent on http, whatever HSTS says', async t => {
  const app = await start(t, { HSTS: 'subdomains' })
  assert.equal((await new HttpBrowser(app.origin).open('/login')).headers['strict-transport-security'], undefined)
})

test('B-48 the port that goes without saying does not stand in the origin that local takes for its own', () => {
  assert.equal(localOrigin(80), 'http://localhost')
  assert.equal(localOrigin(3000), 'http://localhost:3000')
})

test('B-48 the port that goes without saying is left out of every URL that we build, and a form of that page is ours', async t => {
  const app = await start(t, { PUBLIC_URL: 'http://localhost:80' })
  assert.equal(app.url, 'http://localhost/')
  // The browser is at port 80, where a proxy or the system leads it on to the port that is bound here.
  const httpServer = `http://127.0.0.1:${app.port}`
  const visitor = new HttpBrowser(httpServer)
  const toProvider = (await visitor.open('/login/dev', { Host: 'localhost' })).location ?? ''
  assert.equal(new URL(toProvider).searchParams.get('redirect_uri'), 'http://localhost/oauth/dev/callback')
  const form = await visitor.ask('/logout', {
    method: 'POST',
    form: {},
    headers: { Origin: 'http://localhost', Host: 'localhost', Accept: 'application/json' },
  })
  // Not `csrf`: the origin is ours, and only the session is missing.
  assert.equal(JSON.parse(form.text).error, 'sign_in_required')
})
