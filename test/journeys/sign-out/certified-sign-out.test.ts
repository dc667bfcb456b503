import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sessionOf } from '../../support/acme-app.js'
import { type Settings, startApp, type TestApp } from '../../support/app.js'
import { type CertifiedProvider, startCertifiedProvider } from '../../support/certified-provider.js'
import { actionOf, HttpBrowser, type Page } from '../../support/http-browser.js'
import { continueUrl, pressSignOut } from '../../support/logout-app.js'

const SECRET = 'a secret that is as long as it has to be'

const isIn = async (visitor: HttpBrowser): Promise<boolean> => (await sessionOf(visitor)).signed_in

describe('Signing out in front of a certified OpenID provider', () => {
  let certified: CertifiedProvider
  let app: TestApp
  before(async () => {
    certified = await startCertifiedProvider()
    const of = (prefix: string): Settings => ({
      [`${prefix}_PROTOCOL`]: 'oidc',
      [`${prefix}_ISSUER`]: certified.issuer,
      [`${prefix}_CLIENT_ID`]: `client of ${prefix}`,
      [`${prefix}_CLIENT_SECRET`]: SECRET,
    })
    const names = { PROVIDERS: 'one,two', DEFAULT_PROVIDER: '' }
    app = await startApp({ ...of('ONE'), ...of('TWO'), ...names, ACCOUNT_LINKING: 'never' })
    for (const name of ['one', 'two']) {
      certified.register({
        client_id: `client of ${name.toUpperCase()}`,
        client_secret: SECRET,
        redirect_uris: [`${app.origin}/oauth/${name}/callback`],
        post_logout_redirect_uris: [`${app.origin}/signed-out`],
        backchannel_logout_uri: `${app.origin}/oauth/${name}/backchannel-logout`,
        backchannel_logout_session_required: true,
        grant_types: ['authorization_code', 'refresh_token'],
      })
    }
  })
  after(async () => {
    await app.stop()
    await certified.stop()
  })

  /** Through whatever pages the provider shows. */
  async function enter(person: string, name: string, visitor = new HttpBrowser(app.origin)): Promise<HttpBrowser> {
    let page = await visitor.follow(`/login/${name}`)
    if (page.text.includes('<button name="person"')) {
      page = await visitor.submit(page, '', { person })
      page = await visitor.follow(page.location ?? '')
    }
    assert.equal(page.url, `${app.origin}/`, page.text)
    return visitor
  }

  /** To the provider's page, and yes; ends where that leads. */
  async function goOn(visitor: HttpBrowser, departing: Page): Promise<Page> {
    const request = await visitor.follow(continueUrl(departing).href)
    assert.match(request.text, /name="logout" value="yes"/)
    const message = await visitor.submit(request, actionOf(request), { logout: 'yes' })
    return visitor.follow(message.location ?? '')
  }

  test('a certified OpenID provider accepts our id_token_hint, ends its own session, and leads back to the signed-out page', async () => {
    const ada = await enter('ada', 'one')
    const departing = await pressSignOut(ada)
    assert.equal(await isIn(ada), false)
    const page = await goOn(ada, departing)
    assert.ok(page.url.startsWith(`${app.origin}/signed-out?state=`), page.url)
    assert.match(page.text, /<h1>You are signed out<\/h1>/)
    // It asks who it is again: its session is over as well.
    assert.match((await ada.follow('/login/one')).text, /<button name="person"/)
  })

  test('a sign-out at a certified OpenID provider sends a logout token, which ends all sessions here that came from that session', async () => {
    const leaving = await enter('grace', 'one')
    const elsewhere = await enter('grace', 'one')
    // Another session here of the same session there, by the other client: the provider's cookies are one jar.
    const sameBrowser = new HttpBrowser(app.origin)
    const { hostname } = new URL(certified.issuer)
    sameBrowser.jar.set(hostname, leaving.cookies(hostname))
    await enter('grace', 'two', sameBrowser)
    const before = certified.notifiedClients.length
    await goOn(leaving, await pressSignOut(leaving))
    const reported = certified.notifiedClients.slice(before)
    assert.deepEqual(
      reported.map(({ error }) => error),
      reported.map(() => undefined),
    )
    assert.ok(
      reported.some(({ clientId }) => clientId === 'client of TWO'),
      JSON.stringify(reported),
    )
    assert.equal(await isIn(sameBrowser), false)
    assert.equal(await isIn(elsewhere), true)
  })

  test('the refresh token of a certified OpenID provider is revoked once, with the last session of the identity', async () => {
    const own = await startApp({
      PROVIDERS: 'one',
      ...{ ONE_PROTOCOL: 'oidc', ONE_ISSUER: certified.issuer, ONE_CLIENT_ID: 'client of THREE' },
      ...{ ONE_CLIENT_SECRET: SECRET, DEFAULT_PROVIDER: 'one' },
    })
    certified.register({
      client_id: 'client of THREE',
      client_secret: SECRET,
      redirect_uris: [`${own.origin}/oauth/one/callback`],
      post_logout_redirect_uris: [`${own.origin}/signed-out`],
      grant_types: ['authorization_code', 'refresh_token'],
    })
    const visitors: HttpBrowser[] = []
    for (let browser = 0; browser < 2; browser++) {
      const visitor = new HttpBrowser(own.origin)
      const asked = await visitor.follow('/login/one')
      const response = await visitor.submit(asked, '', { person: 'ada' })
      await visitor.follow(response.location ?? '')
      assert.equal(await isIn(visitor), true)
      visitors.push(visitor)
    }
    const before = certified.revoked.length
    for (const visitor of visitors) continueUrl(await pressSignOut(visitor))
    await own.stop()
    // With it goes all that was granted, so that there is no access token left to take back.
    assert.deepEqual(certified.revoked.slice(before), ['refresh token'])
  })
})

describe('Signing out in front of the development provider', () => {
  let app: TestApp
  const errors: string[] = []
  before(async () => {
    app = await startApp({ PROVIDERS: 'dev,dev-oidc', DEFAULT_PROVIDER: 'dev-oidc' })
    const far = app.vestibule.devProvider?.app ?? assert.fail('There is no development provider')
    far.silent = true
    far.on('error', error => errors.push(String(error)))
  })
  beforeEach(() => errors.splice(0))
  after(() => app.stop())

  const enter = async (fault?: string) => {
    const visitor = new HttpBrowser(app.origin)
    await visitor.follow(await visitor.callbackUrl('ada', '/', fault))
    assert.equal(await isIn(visitor), true)
    return visitor
  }

  /** Its page, and yes. */
  async function goOn(visitor: HttpBrowser, departing: Page): Promise<Page> {
    const request = await visitor.follow(continueUrl(departing).href)
    assert.match(request.text, /You signed in as ada\./)
    const message = await visitor.submit(request, actionOf(request))
    return visitor.follow(message.location ?? '')
  }

  test('a sign-out goes through the page of the development provider and back, and its logout token is accepted', async () => {
    const ada = await enter()
    const page = await goOn(ada, await pressSignOut(ada))
    assert.ok(page.url.startsWith(`${app.origin}/signed-out?state=`), page.url)
    assert.deepEqual(errors, [])
  })

  for (const fault of ['logout_wrong_audience', 'logout_no_event', 'logout_alg_none']) {
    test(`a wrong logout token of the development provider is refused: ${fault}`, async () => {
      const ada = await enter(fault)
      await goOn(ada, await pressSignOut(ada))
      assert.deepEqual(errors, ['Error: Back-channel logout: the app responded with 400'])
    })
  }

  test('a sign-out from its OAuth 2.0 server ends the session here alone', async () => {
    const ada = new HttpBrowser(app.origin)
    await ada.signIn('grace', '/login/dev')
    const page = await pressSignOut(ada)
    assert.equal(page.location, `${app.origin}/signed-out`)
    assert.equal(await isIn(ada), false)
  })
})
