import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startApp, type TestApp } from '../../support/app.js'
import { HttpBrowser } from '../../support/http-browser.js'

let app: TestApp
before(async () => {
  const words = { DEV_LABEL: 'First door', DEV_OIDC_LABEL: 'Second door' }
  app = await startApp({ PROVIDERS: 'dev,dev-oidc', ...words, LOG_LEVEL: 'silent' })
  await new HttpBrowser(app.origin).signIn('ada')
})
after(() => app.stop())

const START = '/login/dev-oidc?return_to=%2Fprofile'

test('a new identity with an address that an account here has verified is asked to sign in to that account first, by one button for each of its providers', async () => {
  const visitor = new HttpBrowser(app.origin)
  const page = await visitor.open(await visitor.callbackUrl('ada', START))
  assert.equal(page.status, 409)
  assert.match(page.text, /<h1>You have an account here already<\/h1>/)
  const buttons = [...page.text.matchAll(/<a class="button[^"]*" href="([^"]*)">([^<]*)</g)]
  assert.deepEqual(
    buttons.map(([, , label]) => label),
    ['Sign in with First door'],
  )
  const href = new URL((buttons[0]?.[1] ?? '').replaceAll('&amp;', '&'), app.origin)
  assert.equal(href.pathname, '/login/dev')
  assert.equal(href.searchParams.get('return_to'), '/profile')
  assert.ok(href.searchParams.get('join'))
  assert.equal(visitor.sessionCookie, undefined)
})

test('a JSON response for a new identity with a verified address of an account says so without the link token', async () => {
  const visitor = new HttpBrowser(app.origin)
  const back = await visitor.callbackUrl('ada', START)
  const { status, text } = await visitor.ask(back, { headers: { Accept: 'application/json' } })
  assert.equal(status, 409)
  assert.deepEqual(Object.keys(JSON.parse(text)), ['error', 'message', 'request_id'])
  assert.equal(JSON.parse(text).error, 'link_needed')
})

test('a refused linking leads back to the account page, and not to a sign-in as another user', async () => {
  const visitor = new HttpBrowser(app.origin)
  await visitor.signIn('grace')
  const departing = await visitor.submit(await visitor.open('/account'), '/account/connect/dev-oidc')
  const start = String(departing.headers.refresh).replace('0;url=', '')
  const page = await visitor.open(await visitor.callbackUrl('grace', start, 'denied'))
  assert.match(page.text, /provider_denied/)
  assert.match(page.text, /<a class="button main" href="\/account">Go to your account<\/a>/)
  assert.doesNotMatch(page.text, /\/login\//)
})
