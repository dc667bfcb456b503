import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { request } from 'undici'
import { PER_MINUTE } from '../../../src/web/guards/rate-limit-counters.js'
import { AcmeBrowser, assertRefused } from '../../support/acme-browser.js'
import { type Settings, startApp, type TestApp } from '../../support/app.js'
import { type FakeOidc, type OidcOverrides, startFakeOidc } from '../../support/fake-oidc.js'
import { type FakeProvider, startFakeProvider } from '../../support/fake-provider.js'
import { AS_A_PAGE, hiddenFields, type Page } from '../../support/http-browser.js'

const MINUTE = 60_000
const A_FORM = 'application/x-www-form-urlencoded'
/** What a browser says of a form on a page of another site; cookies are not among it, because ours are Lax. */
const CROSS_SITE = {
  ...AS_A_PAGE,
  Origin: 'https://provider.example',
  'Sec-Fetch-Site': 'cross-site',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
}

let clock = Date.now()
let op: FakeOidc
let plain: FakeProvider
let app: TestApp

before(async () => {
  op = await startFakeOidc({ now: () => clock })
  plain = await startFakeProvider()
  app = await startPosting({ BASE_PATH: '/in' })
})
after(async () => {
  await app.stop()
  await op.stop()
  await plain.stop()
})
afterEach(() => {
  op.reset()
  plain.reset()
})

/** An app with two providers that post their answers, `acme` and `friend`, and `plain`, which does not. */
function startPosting(settings: Settings = {}): Promise<TestApp> {
  const providers = { ...plain.settings('plain'), ...op.settings('friend'), ...op.settings('acme') }
  // Ada is one person at all of them.
  const apart = { ACCOUNT_LINKING: 'never' }
  const posting = { ACME_RESPONSE_MODE: 'form_post', FRIEND_RESPONSE_MODE: 'form_post' }
  return startApp(
    { ...providers, ...posting, PROVIDERS: 'acme,friend,plain', ...apart, ...settings },
    { now: () => clock },
  )
}

const newBrowser = () => new AcmeBrowser(app.origin)

/** Begins a sign-in and lets the provider answer: where it would post to, and what. */
async function startSignIn(visitor: AcmeBrowser, response: OidcOverrides['back'] = {}, provider = 'acme') {
  op.override({ back: response })
  return readForm(visitor, (await visitor.open(`/in/login/${provider}?return_to=/in/profile`)).location ?? '')
}

async function readForm(visitor: AcmeBrowser, authorizeUrl: string) {
  const asked = new URL(authorizeUrl)
  assert.equal(asked.searchParams.get('response_mode'), 'form_post')
  const page = await visitor.open(asked.href)
  assert.equal(page.status, 200, page.text)
  return { path: new URL(asked.searchParams.get('redirect_uri') ?? '').pathname, form: hiddenFields(page.text) }
}

/** Posts it as the provider's page does. */
const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> =>
  newBrowser().ask(path, { method: 'POST', form, headers: { ...CROSS_SITE, ...headers } })

/** A whole way back, up to the URL of ours with the sealed answer, which is not opened yet. */
async function callbackUrl(visitor: AcmeBrowser, response?: OidcOverrides['back'], provider?: string): Promise<URL> {
  const { path, form } = await startSignIn(visitor, response, provider)
  const page = await post(path, form)
  assert.equal(page.status, 303, page.text)
  return new URL(page.location ?? '')
}

/** Nobody is signed in, the provider was asked nothing, and the sign-in can still be finished. */
async function assertUnspent(visitor: AcmeBrowser): Promise<void> {
  assertNothingSpent()
  assert.equal(visitor.sessionCookie, undefined)
  assert.equal(visitor.attempts.length, 1)
}

const assertNothingSpent = () => assert.equal(op.calls('/token') + op.calls('/userinfo') + plain.requests.length, 0)

test('a posted response signs the user in, although the POST brings no cookies, and no URL of ours contains the code', async () => {
  const visitor = newBrowser()
  const { path, form } = await startSignIn(visitor)
  const page = await post(path, form)
  assert.equal(page.status, 303)
  assert.equal(page.headers['set-cookie'], undefined)
  assertNothingSpent()

  const url = new URL(page.location ?? '')
  assert.equal(url.origin + url.pathname, app.origin + path)
  assert.deepEqual([...url.searchParams.keys()], ['answer'])
  for (const value of Object.values(form)) assert.ok(value.length < 4 || !url.href.includes(value))

  const back = await visitor.open(url.href)
  assert.equal(back.location, `${app.origin}/in/profile`)
  assert.equal((await visitor.ask('/in/api/session')).text.includes('"login":"ada"'), true)
})

test('oidcc-client-test-form-post-error: a posted error response is handled like one in the URL', async () => {
  const visitor = newBrowser()
  const denied = { code: undefined, error: 'access_denied', error_description: 'No thanks' }
  assertRefused(await visitor.open((await callbackUrl(visitor, denied)).href), 403, 'provider_denied')
  // P7: login_required counts as a denial, so that this is another error.
  const { path, form } = await startSignIn(visitor, { code: undefined, error: 'server_error' })
  assertRefused(await visitor.open(`${path}?${new URLSearchParams(form)}`), 502, 'provider_error')
  assertNothingSpent()
})

test('ST-01 a posted response has no effect in a browser that did not start the sign-in', async () => {
  const ada = newBrowser()
  const eve = newBrowser()
  await startSignIn(eve)
  assertRefused(await eve.open((await callbackUrl(ada)).href), 400, 'attempt_missing')
  await assertUnspent(eve)
})

test('a posted response that the back button opens again leads the signed-in user on', async () => {
  const visitor = newBrowser()
  const url = await callbackUrl(visitor)
  await visitor.open(url.href)
  assert.equal((await visitor.open(url.href)).location, `${app.origin}/in/profile`)
  assert.equal(op.calls('/token'), 1)
})

test('a posted response with a name of 20 kB still signs the user in, by a URL of less than 8 kB', async () => {
  const visitor = newBrowser()
  const url = await callbackUrl(visitor, { user: 'u'.repeat(20_000) })
  assert.ok(url.href.length < 8_000, String(url.href.length))
  assert.equal((await visitor.open(url.href)).location, `${app.origin}/in/profile`)
})

test('a posted response needs no CSRF token and does not change the session of the browser', async () => {
  const visitor = newBrowser()
  await visitor.open((await callbackUrl(visitor)).href)
  const { path, form } = await startSignIn(visitor)
  const page = await visitor.ask(path, { method: 'POST', form, headers: CROSS_SITE })
  assert.equal(page.status, 303)
  assert.equal(page.headers['set-cookie'], undefined)
  assertRefused(await visitor.ask('/in/logout', { method: 'POST', form: {}, headers: CROSS_SITE }), 403, 'csrf')
})

test('a sealed response is refused at a provider of another name', async () => {
  const visitor = newBrowser()
  const url = await callbackUrl(visitor, undefined, 'friend')
  url.pathname = '/in/oauth/acme/callback'
  assertRefused(await visitor.open(url.href), 400, 'request_malformed')
  await assertUnspent(visitor)
})

test('a sealed response is refused after a minute', async () => {
  const visitor = newBrowser()
  const url = await callbackUrl(visitor)
  clock += MINUTE
  const page = await visitor.open(url.href)
  assertRefused(page, 400, 'attempt_expired')
  assert.match(page.text, /href="\/in\/login\/acme"/)
  await assertUnspent(visitor)
  clock -= 1
  assert.equal((await visitor.open(url.href)).status, 303)
})

test('a sealed response is refused if a character of it was changed, or if this app did not seal it', async () => {
  const visitor = newBrowser()
  const { href } = await callbackUrl(visitor)
  const last = href.at(-3)
  const changed = `${href.slice(0, -3)}${last === 'A' ? 'B' : 'A'}${href.slice(-2)}`
  const path = '/in/oauth/acme/callback'
  for (const url of [changed, `${path}?answer=`, `${path}?answer=code%3Dada`, href.replace('answer=', 'answer=A')]) {
    assertRefused(await visitor.open(url), 400, 'request_malformed')
  }
  await assertUnspent(visitor)
})

test('a sealed response is refused if the URL has another parameter, or has it twice', async () => {
  const visitor = newBrowser()
  const { href, search } = await callbackUrl(visitor)
  for (const more of ['code=ada', 'state=x', 'error=access_denied', 'x=', search.slice(1)]) {
    assertRefused(await visitor.open(`${href}&${more}`), 400, 'request_malformed')
    assertRefused(await visitor.open(href.replace('?', `?${more}&`)), 400, 'request_malformed')
  }
  await assertUnspent(visitor)
})

test('a code in the URL is refused at a provider that posts its responses, and the posted one still finishes the sign-in', async () => {
  const visitor = newBrowser()
  const { path, form } = await startSignIn(visitor)
  for (const query of [new URLSearchParams(form), 'code=ada', 'code=']) {
    assertRefused(await visitor.open(`${path}?${query}`), 400, 'request_malformed')
  }
  await assertUnspent(visitor)
  const { location = '' } = await post(path, form)
  assert.equal((await visitor.open(location)).location, `${app.origin}/in/profile`)
})

test('a provider may post only a small plain form with each parameter once', async () => {
  const send = async (body: string | Buffer, type?: string, more: Record<string, string> = {}) => {
    const headers = { ...CROSS_SITE, ...(type && { 'Content-Type': type }), ...more }
    const response = await request(`${app.origin}/in/oauth/acme/callback`, { method: 'POST', headers, body })
    return { status: response.statusCode, code: /<code>(\w+)<\/code>/.exec(await response.body.text())?.[1] }
  }
  const malformed = { status: 400, code: 'request_malformed' }
  const unsupported = { status: 415, code: 'unsupported_type' }
  assert.deepEqual(await send('code=a&state=b&code=a', A_FORM), malformed)
  assert.deepEqual(await send('code=a&state=b&x=1&x=2', A_FORM), malformed)
  assert.deepEqual(await send('{"code":"a"}', 'application/json'), unsupported)
  assert.deepEqual(await send('code=a', 'text/plain'), unsupported)
  assert.deepEqual(await send('code=a', 'multipart/form-data; boundary=x'), unsupported)
  assert.deepEqual(await send('code=a'), unsupported)
  assert.deepEqual(await send(''), unsupported)
  assert.deepEqual(await send(gzipSync('code=a'), A_FORM, { 'Content-Encoding': 'gzip' }), unsupported)
  const tooLarge = { status: 413, code: 'too_large' }
  assert.deepEqual(await send(`user=${'a'.repeat(64 * 1024)}`, A_FORM), tooLarge)
  assert.deepEqual(await send(`code=${'a'.repeat(10_000)}`, A_FORM), tooLarge)
})

for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH']) {
  test(`ST-24 the callback of a provider that posts its responses refuses ${method} and uses nothing up`, async () => {
    const visitor = newBrowser()
    const { href } = await callbackUrl(visitor)
    assert.equal((await visitor.ask(href, { method, headers: AS_A_PAGE })).status, 405)
    assertNothingSpent()
    assert.equal((await visitor.open(href)).status, 303)
  })
}

test('ST-24 a provider that does not post its responses is refused a POST, and accepts no sealed response', async () => {
  const visitor = newBrowser()
  const back = new URL(await visitor.startSignIn('/in/login/plain?return_to=/in/profile'))
  const { path, form } = { path: back.pathname, form: Object.fromEntries(back.searchParams) }
  assert.equal((await post(path, form)).status, 405)
  const sealed = (await callbackUrl(newBrowser())).searchParams.get('answer') ?? ''
  assertRefused(await visitor.open(`${path}?${new URLSearchParams({ reply: sealed })}`), 400, 'state_missing')
  await assertUnspent(visitor)
  assert.equal((await visitor.open(`${path}?${new URLSearchParams(form)}`)).location, `${app.origin}/in/profile`)
})

test('DS-18 a sign-in with a posted response is counted once: the POST by its address, the GET after it by its browser', async () => {
  const limited = await startPosting({ RATE_LIMITS: 'on', TRUSTED_PROXIES: '127.0.0.1' })
  try {
    clock = (Math.floor(clock / MINUTE) + 1) * MINUTE
    const from = (address: string) => ({ 'X-Forwarded-For': address })
    const visitor = new AcmeBrowser(limited.origin)
    const { path, form } = await readForm(visitor, (await visitor.open('/login/acme')).location ?? '')
    const send = async (address: string) => {
      const headers = { ...CROSS_SITE, ...from(address) }
      return new AcmeBrowser(limited.origin).ask(path, { method: 'POST', form, headers })
    }
    const { location = '' } = await send('198.51.100.1')
    for (let count = 1; count < PER_MINUTE.address; count++) assert.equal((await send('198.51.100.1')).status, 303)
    assertRefused(await send('198.51.100.1'), 429, 'too_many_requests')
    assert.equal((await send('198.51.100.2')).status, 303)

    // The first GET signs in and ends the browser's anonymous time: from then on its session is counted.
    for (let count = 0; count <= PER_MINUTE.browser; count++) {
      assert.equal((await visitor.open(location, from('198.51.100.1'))).status, 303)
    }
    assertRefused(await visitor.open(location, from('198.51.100.1')), 429, 'too_many_requests')
  } finally {
    await limited.stop()
  }
})
