import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AcmeBrowser } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { type AppBehindTls, startBehindTls } from '../../support/behind-tls.js'
import { callbackUrl, type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'

const YEAR = 365 * 24 * 60 * 60_000

let fake: FakeProvider
let app: TestApp
let single: TestApp
let behindTls: AppBehindTls

before(async () => {
  fake = await startFakeProvider()
  const settings = {
    ...fake.settings('beta'),
    ...fake.settings('acme'),
    PROVIDERS: 'beta,gamma,acme',
    ACCOUNT_LINKING: 'never',
  }
  const several = { ...settings, ...rename(fake.settings('gamma')) }
  app = await startApp(several)
  single = await startApp(fake.settings('acme'))
  behindTls = await startBehindTls(several)
})
after(async () => {
  await app.stop()
  await single.stop()
  await behindTls.stop()
  await fake.stop()
})

/** Without what there is one of. */
const rename = ({ PROVIDERS, DEFAULT_PROVIDER, ...others }: Record<string, string>) => others

/** What the choice offers, in its order, and which of it is noted as the last one. */
async function choice(visitor: AcmeBrowser, path = '/login') {
  const { text } = await visitor.open(path)
  const links = [...text.matchAll(/<a class="button[^>]*href="([^"]+)"[\s\S]*?<\/a>/g)]
  const noted = links.filter(([link]) => link.includes('Last used'))
  return { order: links.map(([, href]) => href), noted: noted.map(([, href]) => href) }
}

const IN_ORDER = { order: ['/login/beta', '/login/gamma', '/login/acme'], noted: [] }

const lastOf = (visitor: AcmeBrowser) => visitor.cookies().get('vestibule-last')

test('the provider that was used last is marked and comes first, and the others stay in the order of PROVIDERS', async () => {
  const visitor = new AcmeBrowser(app.origin)
  assert.deepEqual(await choice(visitor), IN_ORDER)
  await visitor.signInAs('ada', '/login/acme')
  // Somebody who is signed in may go on, or use another account.
  assert.deepEqual(await choice(visitor), {
    order: ['/', '/login/acme?switch=1', '/login/beta', '/login/gamma'],
    noted: ['/login/acme?switch=1'],
  })
  await visitor.signInAs('ada', '/login/gamma')
  const { order } = await choice(visitor, '/login?return_to=/profile')
  assert.deepEqual(order[1], '/login/gamma?switch=1&amp;return_to=%2Fprofile')
})

test('the provider that was used last is remembered after signing out', async () => {
  const visitor = new AcmeBrowser(app.origin)
  await visitor.signInAs('ada', '/login/acme')
  await visitor.submit(await visitor.open('/logout'), '/logout')
  assert.equal(await visitor.login(), undefined)
  assert.deepEqual((await choice(visitor)).noted, ['/login/acme'])
})

test('a provider that refused the sign-in is not remembered as the last one', async () => {
  const visitor = new AcmeBrowser(app.origin)
  await visitor.open(await visitor.startSignIn('/login/acme', { error: 'access_denied' }))
  await visitor.open(await visitor.startSignIn('/login/acme', {}))
  assert.equal(lastOf(visitor), undefined)
  assert.deepEqual(await choice(visitor), IN_ORDER)
})

test('a cookie with an unknown provider changes nothing in the choice of providers', async () => {
  for (const value of ['', 'delta', 'ACME', 'beta,acme', 'acme%20', '__proto__', 'constructor', '%3Cb%3E', '<b>']) {
    const visitor = new AcmeBrowser(app.origin)
    visitor.jar.set('localhost', new Map([['vestibule-last', value]]))
    assert.deepEqual(await choice(visitor), IN_ORDER, value)
  }
})

test('the provider that was used last is neither stored nor marked if there is only one', async () => {
  const visitor = new AcmeBrowser(single.origin)
  await visitor.signInAs()
  assert.equal(lastOf(visitor), undefined)
  visitor.cookies().set('vestibule-last', 'acme')
  assert.deepEqual(await choice(visitor), { order: ['/', '/login/acme?switch=1'], noted: [] })
})

test('SE-11 the provider that was used last is stored for a year, in a cookie with the attributes of all others', async () => {
  const visitor = new AcmeBrowser(behindTls.proxyUrl)
  const start = await visitor.open('/login/acme')
  const back = await visitor.open(
    behindTls.inside(callbackUrl(start.location ?? '')).replace('https://app.example', behindTls.proxyUrl),
  )
  const lines = [back.headers['set-cookie'] ?? []].flat()
  const [pair, ...attributes] = (lines.find(line => line.includes('vestibule-last')) ?? '').split('; ')
  assert.equal(pair, '__Host-vestibule-last=acme')
  const expires = attributes.find(text => text.startsWith('expires=')) ?? ''
  const life = Date.parse(expires.slice('expires='.length)) - Date.now()
  assert.ok(Math.abs(life - YEAR) < 60_000, String(life))
  const others = attributes.filter(text => text !== expires)
  assert.deepEqual(others.sort(), ['httponly', 'path=/', 'samesite=lax', 'secure'])
})
