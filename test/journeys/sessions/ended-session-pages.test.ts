// Pages that somebody who is signed out, or in with another account, can leave.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { AcmeBrowser, assertRefused, retryPath } from '../../support/acme-browser.js'
import { startApp, type TestApp } from '../../support/app.js'
import { type FakeProvider, json, startFakeProvider } from '../../support/fake-provider.js'
import { hrefsOf, type Page } from '../../support/http-browser.js'

let acme: FakeProvider
let app: TestApp
before(async () => {
  acme = await startFakeProvider()
  app = await startApp({ ...acme.settings(), ACME_LABEL: 'Acme' })
})
after(async () => {
  await app.stop()
  await acme.stop()
})
beforeEach(() => acme.reset())

async function signedIn(name = 'ada'): Promise<AcmeBrowser> {
  const visitor = new AcmeBrowser(app.origin)
  await visitor.signInAs(name)
  return visitor
}

const headingOf = ({ text }: Page) => /<h1[^>]*>([^<]*)/.exec(text)?.[1]
const buttonsOf = ({ text }: Page) =>
  [...text.matchAll(/<a class="button[^"]*" href="([^"]*)">([^<]*)/g)].map(([, href, label]) => [
    label,
    (href ?? '').replaceAll('&amp;', '&'),
  ])

describe('A form of a page whose session has ended', () => {
  const FORMS = [
    '/account/connect/acme',
    '/account/connections/abcdefghijklmnopqrstuv/disconnect',
    '/account/sessions/end-others',
    '/account/sessions/abcdefghijklmnopqrstuv/end',
    '/account/delete',
  ]

  for (const path of FORMS) {
    test(`W1 the form ${path} of an ended session gets a page whose button leads back to the account`, async () => {
      const [visitor, other] = [await signedIn(), await signedIn()]
      const page = await visitor.open('/account')
      const handle = visitor.sessionCookie
      await visitor.submit(await visitor.open('/logout'), '/logout')
      // As another tab that signed out, or a browser that still has the cookie.
      for (const cookie of [undefined, handle]) {
        if (cookie) visitor.useSession(cookie)
        const reported = await visitor.submit(page, path, { confirm: 'ada' })
        assertRefused(reported, 401, 'sign_in_required')
        assert.equal(headingOf(reported), 'You are signed out')
        assert.match(reported.text, /Nothing was changed\./)
        assert.deepEqual(buttonsOf(reported), [['Sign in', '/login/acme?return_to=%2Faccount']])
        assert.doesNotMatch(reported.text, /Profile|Sign out/)
        assert.equal(visitor.sessionCookie, undefined)
      }
      assert.equal(await other.login(), 'ada')
    })
  }

  test('W1 the sign-out form of an ended session has nothing left to do', async () => {
    const visitor = await signedIn()
    const page = await visitor.open('/logout')
    await visitor.submit(page, '/logout')
    const reported = await visitor.submit(page, '/logout')
    assertRefused(reported, 401, 'sign_in_required')
    assert.equal(headingOf(reported), 'You are signed out')
    assert.match(reported.text, /There is nothing left to do\./)
    assert.deepEqual(buttonsOf(reported), [['Sign in', '/login/acme?return_to=%2F']])
  })

  test('W1 a form of an ended session leads back to the page that the browser names, if that is one of ours', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const cases = [
      [`${app.origin}/profile?tab=two`, '/profile?tab=two'],
      [`${app.origin}/login`, '/account'],
      [`${app.origin}//evil.example/`, '/account'],
      [`${app.origin}.evil.example/profile`, '/account'],
      ['https://evil.example/profile', '/account'],
    ]
    for (const [referrer = '', path] of cases) {
      const headers = { Accept: 'text/html', Referer: referrer }
      assert.equal(retryPath(await visitor.ask('/account/delete', { method: 'POST', headers })), path, referrer)
    }
  })

  test('W1 a form of an older session of the same browser leads back to its page', async () => {
    const visitor = await signedIn()
    const page = await visitor.open('/account')
    await visitor.submit(page, '/logout')
    await visitor.signInAs('ada')
    const reported = await visitor.submit(page, '/account/sessions/end-others')
    assertRefused(reported, 403, 'csrf')
    assert.equal(headingOf(reported), 'This page was open too long')
    assert.match(reported.text, /Reload it and try again\. Nothing was changed\./)
    assert.deepEqual(buttonsOf(reported), [['Open the page again', '/account']])
    const elsewhere = await visitor.ask('/account/delete', {
      method: 'POST',
      headers: { Accept: 'text/html', Origin: 'https://evil.example' },
    })
    assert.equal(headingOf(elsewhere), 'That form came from another site')
  })

  test('W1 a program that sends a form of an ended session gets 401 in JSON, with the URL of the sign-in', async () => {
    const visitor = new AcmeBrowser(app.origin)
    const page = await visitor.ask('/account/delete', { method: 'POST', headers: { Accept: 'application/json' } })
    assert.equal(page.status, 401)
    assert.deepEqual(JSON.parse(page.text), { error: 'sign_in_required', login_url: `${app.origin}/login` })
  })
})

describe('A browser whose session was ended elsewhere', () => {
  const NOTE = /role="status">You have been signed out\. Sign in again to go on\./

  test('W1 a browser whose session was ended elsewhere reads that once on its way to the sign-in, and reaches the page that it wanted', async () => {
    const [visitor, other] = [await signedIn(), await signedIn()]
    await other.submit(await other.open('/account'), '/account/sessions/end-others')
    const page = await visitor.open('/profile?tab=two')
    assert.equal(page.location, `${app.origin}/login?return_to=%2Fprofile%3Ftab%3Dtwo`)
    assert.equal(visitor.sessionCookie, undefined)
    const choice = await visitor.open(page.location ?? '')
    assert.match(choice.text, NOTE)
    assert.deepEqual(visitor.attempts.length, 1)
    assert.equal(retryPath(choice), '/profile?tab=two')
    // The next one is an ordinary visit again.
    assert.match((await visitor.open('/profile')).location ?? '', /\/authorize\?/)
  })

  test('a browser that was never signed in, or that signed out itself, goes straight to the provider', async () => {
    assert.match((await new AcmeBrowser(app.origin).open('/')).location ?? '', /\/authorize\?/)
    const visitor = await signedIn()
    await visitor.submit(await visitor.open('/logout'), '/logout')
    assert.match((await visitor.open('/')).location ?? '', /\/authorize\?/)
  })

  test('a JSON request of a session that was ended elsewhere gets 401, and a HEAD request keeps the cookie', async () => {
    const visitor = new AcmeBrowser(app.origin)
    visitor.useSession('of-no-session')
    assert.equal((await visitor.ask('/', { headers: { Accept: 'application/json' } })).status, 401)
    const head = await visitor.ask('/', { method: 'HEAD', headers: { Accept: 'text/html' } })
    assert.equal(head.location, `${app.origin}/login/acme?return_to=%2F`)
    assert.equal(visitor.sessionCookie, 'of-no-session')
  })
})

test('W6 the choice of providers says who is signed in already, and offers to go on or to use another account', async () => {
  const visitor = await signedIn('grace')
  const page = await visitor.open('/login?return_to=/profile')
  assert.equal(headingOf(page), 'You are signed in')
  assert.match(page.text, /as <bdi>grace<\/bdi>/)
  assert.match(page.text, /<a class="button main" href="\/profile"><span>Continue as <bdi>grace<\/bdi>/)
  assert.ok(hrefsOf(page).includes(`${app.origin}/login/acme?switch=1&return_to=%2Fprofile`), page.text)
  assert.equal(headingOf(await new AcmeBrowser(app.origin).open('/login')), 'Sign in')
})

test('W14 too many sign-ins says how many seconds to wait, and offers to reload the page that was asked for', async t => {
  const limited = await startApp({ ...acme.settings(), RATE_LIMITS: 'starts=1,callbacks=60' })
  t.after(() => limited.stop())
  await new AcmeBrowser(limited.origin).open('/profile')
  const page = await new AcmeBrowser(limited.origin).open('/profile')
  assertRefused(page, 429, 'too_many_requests')
  const seconds = String(page.headers['retry-after'])
  assert.ok(
    page.text.includes(
      `Wait ${seconds} second${seconds === '1' ? '' : 's'}, then reload. You will not lose your place.`,
    ),
  )
  assert.deepEqual(buttonsOf(page), [['Reload', '']])
})

test('a connection that is gone is told in the words of the account page', async () => {
  const visitor = await signedIn()
  const page = await visitor.open('/account')
  const reported = await visitor.submit(page, '/account/connections/abcdefghijklmnopqrstuv/disconnect')
  assert.equal(reported.status, 404)
  assert.equal(headingOf(reported), 'That connection is gone')
  assert.match(reported.text, /It was disconnected already, or it is not yours\. Nothing was changed\./)
  assert.deepEqual(buttonsOf(reported), [['Go to your account', '/account']])
  const unknown = await visitor.submit(page, '/account/connect/nobody')
  assert.equal(headingOf(unknown), 'That way to sign in is gone')
  assert.deepEqual(buttonsOf(unknown), [['Go to your account', '/account']])
})

test('W8 a profile of whom the provider says nothing useful asks for patience only where that helps', async () => {
  const visitor = await signedIn()
  acme.on('/user', json({ message: 'no' }, 418))
  assert.doesNotMatch((await visitor.open('/profile')).text, /try again/)
})
