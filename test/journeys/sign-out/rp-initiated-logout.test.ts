import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { onBothDatabases } from '../../store/both-databases.js'
import { assertRefused, sessionOf } from '../../support/acme-app.js'
import { sendLogoutToken } from '../../support/fake-oidc-logout.js'
import { AS_A_PAGE, hiddenFields } from '../../support/http-browser.js'
import {
  continueUrl,
  eventsOf,
  isSignedIn,
  openForLogout,
  openSignedInBrowser,
  pressSignOut,
  startLogoutSite,
} from '../../support/logout-app.js'
import type { OidcApp } from '../../support/oidc-app.js'

const SUITE = 'oidcc-client-test-rp-init-logout'

onBothDatabases(database => {
  let site: OidcApp
  before(async () => {
    site = await startLogoutSite({ DATABASE_URL: await database.freshUrl() })
  })
  after(() => site.stop())
  beforeEach(() => openForLogout(site))

  for (const [name, state] of [
    [SUITE, undefined],
    [`${SUITE}-other-state`, 'other'],
    [`${SUITE}-no-state`, 'none'],
  ] as const) {
    test(`${name}: the session here ends first, then the provider's, and the callback says signed out`, async () => {
      if (state) site.far.override({ logout: { state } })
      const ada = await openSignedInBrowser(site)
      const departing = await pressSignOut(ada.visitor)
      // Nobody has gone to the provider yet, and it may well be down.
      assert.equal(site.far.calls('/end-session'), 0)
      assert.equal(ada.visitor.sessionCookie, undefined)
      assert.equal(await isSignedIn(ada), false)

      const url = continueUrl(departing)
      assert.equal(url.origin + url.pathname, `${site.far.origin}/end-session`)
      assert.deepEqual(
        [...url.searchParams.keys()],
        ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state'],
      )
      // As the suite's provider does: it tells the app behind the browser's back too.
      const reported = await sendLogoutToken(site.far, `${site.app.origin}/oauth/op/backchannel-logout`)
      assert.equal(reported.status, 200)
      const back = await ada.visitor.open(url.href)
      assert.deepEqual(site.far.problems, [])
      assert.ok(back.location?.startsWith(`${site.app.origin}/signed-out`))

      const page = await ada.visitor.open(back.location ?? '')
      assert.deepEqual([page.status, page.location, page.headers.refresh], [200, undefined, undefined])
      assert.match(page.text, /<h1>You are signed out<\/h1>/)
      assert.equal(await isSignedIn(ada), false)
    })
  }

  test('The row of a session that was signed out of is gone, the event is there, and other browsers stay signed in', async () => {
    const [ada, second] = [await openSignedInBrowser(site), await openSignedInBrowser(site)]
    const before = await eventsOf(site, 'signed-out')
    const rows = (await site.sql('select * from sessions')).length
    await pressSignOut(ada.visitor)
    assert.equal((await site.sql('select * from sessions')).length, rows - 1)
    const [event] = (await eventsOf(site, 'signed-out')).slice(before.length)
    assert.deepEqual([event?.provider, event?.code], ['op', null])
    assert.equal(await isSignedIn(second), true)
  })
})

describe('Signing out of a session with a provider that ends its own', () => {
  let site: OidcApp
  before(async () => {
    site = await startLogoutSite()
  })
  after(() => site.stop())
  beforeEach(() => openForLogout(site))

  test('signing out at a provider that ends its own session sends another state each time, and a state that comes back has no effect', async () => {
    const states = new Set<string | null>()
    for (let time = 0; time < 3; time++) {
      const { visitor } = await openSignedInBrowser(site)
      states.add(continueUrl(await pressSignOut(visitor)).searchParams.get('state'))
    }
    assert.equal(states.size, 3)
    for (const state of states) assert.match(String(state), /^[\w-]{43}$/)
    const { visitor } = await openSignedInBrowser(site)
    for (const query of ['state=/profile', 'state=https%3A%2F%2Fevil.example', 'return_to=/profile', 'error=x&iss=y']) {
      const page = await visitor.open(`/signed-out?${query}`)
      assert.deepEqual([page.status, page.location, page.headers.refresh], [200, undefined, undefined])
      assert.ok(!page.text.includes('evil.example'))
    }
    // Whoever is led there by a link is not signed out by it.
    assert.equal((await sessionOf(visitor)).signed_in, true)
  })

  test('signing out at a provider that ends its own session goes through a page of our own, which no form-action prevents', async () => {
    const page = await pressSignOut((await openSignedInBrowser(site)).visitor)
    assert.match(String(page.headers['content-security-policy']), /form-action 'self'/)
    assert.equal(page.headers['cache-control'], 'no-store')
    assert.equal(page.headers['referrer-policy'], 'no-referrer')
    continueUrl(page)
  })

  test('a script that signs out gets the URL of the provider, and is not redirected', async () => {
    const ada = await openSignedInBrowser(site)
    const { csrf = '' } = hiddenFields((await ada.visitor.open('/logout')).text)
    const headers = { Accept: 'application/json', 'X-CSRF-Token': csrf, 'Sec-Fetch-Site': 'same-origin' }
    const response = await ada.visitor.ask('/logout', { method: 'POST', headers })
    assert.deepEqual([response.status, response.location], [200, undefined])
    assert.equal(await isSignedIn(ada), false)
    const again = await ada.visitor.ask('/logout', { method: 'POST', headers })
    assert.deepEqual([again.status, JSON.parse(again.text).error], [401, 'sign_in_required'])
  })

  test('no link, image or other site can sign a user out at a provider that ends its own session', async () => {
    const ada = await openSignedInBrowser(site)
    for (const method of ['GET', 'HEAD']) assert.equal((await ada.visitor.ask('/logout', { method })).status, 200)
    const form = { csrf: 'made up' }
    assertRefused(await ada.visitor.ask('/logout', { method: 'POST', form, headers: AS_A_PAGE }), 403, 'csrf')
    assert.equal(await isSignedIn(ada), true)
    assert.equal(site.far.calls('/end-session'), 0)
  })

  test('signing out sends no id_token_hint if the session has no ID token', async () => {
    const ada = await openSignedInBrowser(site)
    await site.sql('update sessions set id_token = null')
    const url = continueUrl(await pressSignOut(ada.visitor))
    assert.deepEqual([...url.searchParams.keys()], ['client_id', 'post_logout_redirect_uri', 'state'])
    assert.equal(url.searchParams.get('client_id'), 'client-at-op')
    assert.equal(await isSignedIn(ada), false)
  })

  test('signing out sends no id_token_hint that is too long for a URL', async () => {
    site.far.override({ claims: { all_their_groups: 'x'.repeat(8_000) } })
    const ada = await openSignedInBrowser(site)
    const url = continueUrl(await pressSignOut(ada.visitor))
    assert.deepEqual([...url.searchParams.keys()], ['client_id', 'post_logout_redirect_uri', 'state'])
    assert.ok(url.href.length < 1_000)
    assert.equal(await isSignedIn(ada), false)
  })

  test('signing out redirects to the provider also if the provider has just stopped', async () => {
    const ada = await openSignedInBrowser(site)
    const down = (_: unknown, response: { destroy(): void }) => void response.destroy()
    for (const path of ['/.well-known/openid-configuration', '/jwks', '/end-session']) site.far.on(path, down)
    continueUrl(await pressSignOut(ada.visitor))
    assert.equal(await isSignedIn(ada), false)
  })

  test('signing out in a browser that is signed out already asks for a sign-in and does not go to the provider', async () => {
    const ada = await openSignedInBrowser(site)
    const page = await ada.visitor.open('/logout')
    await ada.visitor.submit(page, '/logout')
    const again = await ada.visitor.submit(page, '/logout')
    assert.equal(again.status, 401)
    assert.equal(again.headers.refresh, undefined)
  })
})

test('front-channel logout is not offered: its URL does not exist, and a request to it ends no session', async () => {
  const site = await startLogoutSite()
  try {
    const ada = await openSignedInBrowser(site)
    const query = new URLSearchParams({ iss: site.far.issuer, sid: ada.session.sid ?? '' })
    for (const path of ['/oauth/op/frontchannel-logout', '/oauth/op/frontchannel_logout', '/oauth/op/logout']) {
      for (const method of ['GET', 'POST']) {
        assert.equal((await ada.visitor.ask(`${path}?${query}`, { method, headers: AS_A_PAGE })).status, 404, path)
      }
    }
    for (const path of ['/logout', '/signed-out']) {
      assert.equal((await ada.visitor.open(`${path}?${query}`)).status, 200)
    }
    assert.equal(await isSignedIn(ada), true)
  } finally {
    await site.stop()
  }
})
