import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { assertRefused } from '../../support/acme-app.js'
import { AcmeBrowser } from '../../support/acme-browser.js'
import { startApp } from '../../support/app.js'
import { startFakeOidc } from '../../support/fake-oidc.js'
import { HttpBrowser, hrefsOf, type Page } from '../../support/http-browser.js'
import {
  AT_ACME,
  AT_BOLT,
  signInThrough,
  startTwoProviderApp,
  type TwoProviderApp,
} from '../../support/two-provider-app.js'

const ALLOWED = 'email:grace@example.org'
const buttonsOf = ({ text }: Page) =>
  [...text.matchAll(/<a (class="button[^"]*" )?href="([^"]*)">([^<]*)<\/a>/g)]
    .map(([, button, href = '', label]) => [label, href.replaceAll('&amp;', '&'), button ? 'button' : 'link'])
    .filter(([, href]) => href?.startsWith('/login'))

const authorizeParams = (page: Page) => new URL(page.location ?? assert.fail(page.text)).searchParams

describe('An account that may not sign in here', () => {
  let pair: TwoProviderApp
  before(async () => {
    pair = await startTwoProviderApp((acme, bolt) => ({
      ...{ ALLOWED_USERS: ALLOWED, ACME_LABEL: 'Acme', BOLT_LABEL: 'Bolt', DEFAULT_PROVIDER: '' },
      ACME_AUTHORIZE_URL: `${acme.origin}/authorize?prompt=select_account`,
      BOLT_AUTHORIZE_URL: `${bolt.origin}/authorize`,
    }))
  })
  after(() => pair.stop())
  beforeEach(async () => {
    pair.reset()
    await pair.sql('delete from users')
  })

  test('W2 a user who may not sign in can choose another account of the same provider, or of another one, and keeps the return path', async () => {
    const visitor = new HttpBrowser(pair.app.origin)
    pair.bolt.useBrowser(visitor, AT_BOLT.ada)
    const page = await visitor.follow('/login/bolt?return_to=/account')
    assertRefused(page, 403, 'not_admitted')
    assert.deepEqual(buttonsOf(page), [
      ['Sign in', '/login', 'link'],
      ['Use another account', '/login/bolt?switch=1&return_to=%2Faccount', 'button'],
      ['Choose another way to sign in', '/login?return_to=%2Faccount', 'link'],
    ])
  })

  test('W2 a page says how to change the account at a provider without a parameter for that, and no sign-in starts by itself', async () => {
    const visitor = new HttpBrowser(pair.app.origin)
    pair.bolt.useBrowser(visitor, AT_BOLT.ada)
    const page = await visitor.open('/login/bolt?switch=1&return_to=/account')
    assert.equal(page.status, 200)
    assert.match(page.text, /sign out at <bdi>Bolt<\/bdi> first\. Then come back here\./)
    assert.equal(page.headers['set-cookie'], undefined)
    pair.bolt.useBrowser(visitor, AT_BOLT.grace)
    const [onward = ''] = hrefsOf(page).filter(href => href.includes('/login/bolt?return_to'))
    assert.equal(onward, `${pair.app.origin}/login/bolt?return_to=%2Faccount`)
    assert.equal((await visitor.follow(onward)).url, `${pair.app.origin}/account`)
  })

  test('W2 the user of a disabled account can choose another account too', async () => {
    const visitor = new HttpBrowser(pair.app.origin)
    await signInThrough('acme', pair, visitor, AT_ACME.grace)
    await pair.sql('update users set disabled_at = 1')
    const page = await signInThrough('acme', pair, new HttpBrowser(pair.app.origin), AT_ACME.grace)
    assertRefused(page, 403, 'account_disabled')
    assert.deepEqual(buttonsOf(page)[1], ['Use another account', '/login/acme?switch=1&return_to=%2F', 'button'])
    await pair.sql('update users set disabled_at = null')
  })

  test("W2 the operator's own prompt stands, where it lets people choose", async () => {
    const query = authorizeParams(await new HttpBrowser(pair.app.origin).open('/login/acme?switch=1'))
    assert.deepEqual(query.getAll('prompt'), ['select_account'])
  })

  test('W2 only a page navigation starts a change of the account, and an unknown provider has no such page', async () => {
    const visitor = new HttpBrowser(pair.app.origin)
    assert.equal((await visitor.open('/login/nobody?switch=1')).status, 404)
    assert.equal((await visitor.open('/login/acme?switch=1', { 'Sec-Fetch-Dest': 'image' })).status, 401)
    assert.equal((await visitor.ask('/login/acme?switch=1', { method: 'HEAD' })).status, 405)
  })
})

test('W2 the page for an identity of another account leads to linking another one, which the provider lets the user choose', async t => {
  const app = await startApp({ PROVIDERS: 'dev,dev-oidc', ACCOUNT_LINKING: 'never' })
  t.after(() => app.stop())
  const [grace, ada] = [new HttpBrowser(app.origin), new HttpBrowser(app.origin)]
  await grace.signIn('grace', '/login/dev-oidc')
  await ada.signIn('ada', '/login/dev')
  const connect = async (page: Page, fields = {}) =>
    String((await ada.submit(page, '/account/connect/dev-oidc', fields)).headers.refresh).replace('0;url=', '')
  const start = await connect(await ada.open('/account'), { switch: '' })
  assert.equal(new URL(start).searchParams.get('prompt'), null)
  const page = await ada.open(await ada.callbackUrl('grace', start))
  assertRefused(page, 409, 'link_conflict')
  const again = hrefsOf(page).find(href => href.includes('connect=')) ?? assert.fail(page.text)
  const choice = await connect(await ada.open(again), { switch: '1' })
  assert.equal(new URL(choice).searchParams.get('prompt'), 'select_account')
  assert.match((await ada.follow(await ada.callbackUrl('ada', choice))).text, /is connected\./)
  // What is connected once is asked for another account at each further time.
  assert.match(
    (await ada.open('/account')).text,
    /connect\/dev-oidc">\s*<input[^>]*>\s*<input type="hidden" name="switch" value="1">/,
  )
})

test('W2 the development provider is asked to let the user choose, in each protocol', async t => {
  const app = await startApp({ PROVIDERS: 'dev,dev-oidc,dev-oauth1', ACCOUNT_LINKING: 'never' })
  t.after(() => app.stop())
  for (const [name, prompt] of [
    ['dev', 'select_account'],
    ['dev-oidc', 'select_account'],
    ['dev-oauth1', null],
  ] as const) {
    const visitor = new HttpBrowser(app.origin)
    await visitor.signIn('ada', `/login/${name}`)
    const path = `/login/${name}?switch=1&return_to=/profile`
    assert.equal(authorizeParams(await visitor.open(path)).get('prompt'), prompt, name)
    const page = await visitor.signIn('grace', path)
    assert.equal(page.url, `${app.origin}/profile`)
    assert.match(page.text, /in place of the account before/)
  }
})

test('W2 the page says how to choose an account if an OpenID provider refuses prompt=select_account', async t => {
  const op = await startFakeOidc()
  const app = await startApp({ ...op.settings('acme'), ACME_LABEL: 'Acme' })
  t.after(async () => {
    await app.stop()
    await op.stop()
  })
  for (const error of ['invalid_request', 'account_selection_required']) {
    op.override({ back: { code: undefined, error } })
    const page = await new AcmeBrowser(app.origin).follow('/login/acme?switch=1&return_to=/profile')
    assertRefused(page, 502, 'provider_error')
    assert.match(
      page.text,
      /Acme does not let you choose another account from here\. Sign out at Acme first, then sign in again\./,
    )
    assert.ok(buttonsOf(page).some(([, href]) => href === '/login/acme?return_to=%2Fprofile'))
  }
  op.override({ back: { code: undefined, error: 'invalid_request' } })
  assert.doesNotMatch((await new AcmeBrowser(app.origin).follow('/login/acme')).text, /choose another account/)
})

test('W2 an OpenID provider gets a prompt that its metadata name', async t => {
  const op = await startFakeOidc()
  op.override({ metadata: { prompt_values_supported: ['login', 'consent'] } })
  const app = await startApp({ ...op.settings('acme') })
  t.after(async () => {
    await app.stop()
    await op.stop()
  })
  assert.equal(authorizeParams(await new AcmeBrowser(app.origin).open('/login/acme?switch=1')).get('prompt'), 'login')
})

test('W2 an OpenID provider that cannot be reached is told with the callback', async t => {
  const op = await startFakeOidc()
  const app = await startApp({ ...op.settings('acme') })
  t.after(() => app.stop())
  await op.stop()
  const page = await new AcmeBrowser(app.origin).open('/login/acme?switch=1&return_to=/profile')
  assertRefused(page, 502, 'provider_unreachable')
  assert.ok(
    buttonsOf(page).some(([, href]) => href === '/login/acme?return_to=%2Fprofile'),
    page.text,
  )
})
