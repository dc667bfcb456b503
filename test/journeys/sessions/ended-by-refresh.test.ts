import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { startApp, type TestApp } from '../../support/app.js'
import { AS_A_PAGE, HttpBrowser } from '../../support/http-browser.js'

/** It stands still, so that no token ends because the machine is busy. */
let clock = Date.now()
let app: TestApp
before(async () => {
  app = await startApp({ PROVIDERS: 'dev-oidc', DEFAULT_PROVIDER: 'dev-oidc' }, { now: () => clock })
})
after(() => app.stop())

/** Signed in, with the message of the sign-in not shown yet, and tokens that a refresh is due for. */
async function signedIn(fault: string, person = 'ada'): Promise<HttpBrowser> {
  const visitor = new HttpBrowser(app.origin)
  const back = await visitor.open(await visitor.callbackUrl(person, '/', fault))
  assert.equal(back.location, `${app.origin}/`, back.text)
  clock += 6_000
  return visitor
}

const SAYS = {
  refresh_other_person: /answered for somebody else/,
  refresh_other_issuer: /sent a proof that we could not verify/,
}

for (const [fault, reason] of Object.entries(SAYS)) {
  test(`W3 a refresh with ${fault} ends the session, and the page has no menu, no message, no placeholder and no cookie`, async () => {
    const visitor = await signedIn(fault)
    const page = await visitor.open('/profile')
    assertRefused(page, 502, fault === 'refresh_other_person' ? 'subject_mismatch' : 'id_token_invalid')
    assert.match(page.text, /<h1>You were signed out<\/h1>/)
    assert.match(page.text, reason)
    assert.match(page.text, /Development provider \(OpenID Connect\)/)
    assert.doesNotMatch(
      page.text,
      /Signed in with|role="status"|>Account<|>Sign out<|nobody was signed in|&lt;NAME&gt;|<NAME>/,
    )
    assert.ok(page.text.includes('href="/login/dev-oidc?return_to=%2Fprofile"'), page.text)
    assert.equal(visitor.sessionCookie, undefined)
    assert.equal(visitor.cookies().has('vestibule-flash'), false)
    assert.deepEqual(await sessionOf(visitor), { signed_in: false })
  })
}

test('W3 a refresh that ends the session responds in JSON to a request for JSON', async () => {
  const visitor = await signedIn('refresh_other_person')
  const { status, text } = await visitor.ask('/profile', {
    headers: { ...AS_A_PAGE, Accept: 'text/html;q=0.1,application/json' },
  })
  assert.equal(status, 502)
  assert.equal(JSON.parse(text).error, 'subject_mismatch')
  assert.match(JSON.parse(text).message, /answered for somebody else/)
})

test('W3 a refresh that ends the session changes neither other sessions nor their pages', async () => {
  const other = await signedIn('later_401', 'grace')
  await (await signedIn('refresh_other_person')).open('/profile')
  const page = await other.open('/')
  assert.equal(page.status, 200)
  assert.match(page.text, />Account</)
})
