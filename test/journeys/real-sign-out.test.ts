import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { whoIsThere } from '../support/acme.js'
import { type Settings, startApp, type TestApp } from '../support/app.js'
import { type CertifiedProvider, startCertifiedProvider } from '../support/certified-provider.js'
import { pressSignOut, wayOn } from '../support/logout-site.js'
import { actionOf, type Page, Visitor } from '../support/visitor.js'

const SECRET = 'a secret that is as long as it has to be'

const isIn = async (visitor: Visitor): Promise<boolean> => (await whoIsThere(visitor)).signed_in

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
  async function enter(person: string, name: string, visitor = new Visitor(app.origin)): Promise<Visitor> {
    let page = await visitor.follow(`/login/${name}`)
    if (page.text.includes('<button name="person"')) {
      page = await visitor.submit(page, '', { person })
      page = await visitor.follow(page.location ?? '')
    }
    assert.equal(page.url, `${app.origin}/`, page.text)
    return visitor
  }

  /** To the provider's page, and yes; ends where that leads. */
  async function goOn(visitor: Visitor, departing: Page): Promise<Page> {
    const question = await visitor.follow(wayOn(departing).href)
    assert.match(question.text, /name="logout" value="yes"/)
    const said = await visitor.submit(question, actionOf(question), { logout: 'yes' })
    return visitor.follow(said.location ?? '')
  }

  it('takes the hint, ends its own session, and leads back to where it says signed out', async () => {
    const ada = await enter('ada', 'one')
    const departing = await pressSignOut(ada)
    assert.equal(await isIn(ada), false)
    const page = await goOn(ada, departing)
    assert.ok(page.url.startsWith(`${app.origin}/signed-out?state=`), page.url)
    assert.match(page.text, /<h1>You are signed out<\/h1>/)
    // It asks who it is again: its session is over as well.
    assert.match((await ada.follow('/login/one')).text, /<button name="person"/)
  })

  it('tells us of the sign-out, and the session here ends with it, as all that came from that one there', async () => {
    const leaving = await enter('grace', 'one')
    const elsewhere = await enter('grace', 'one')
    // Another session here of the same session there, by the other client: the provider's cookies are one jar.
    const sameBrowser = new Visitor(app.origin)
    const { hostname } = new URL(certified.issuer)
    sameBrowser.jar.set(hostname, leaving.cookies(hostname))
    await enter('grace', 'two', sameBrowser)
    const before = certified.told.length
    await goOn(leaving, await pressSignOut(leaving))
    const told = certified.told.slice(before)
    assert.deepEqual(
      told.map(({ error }) => error),
      told.map(() => undefined),
    )
    assert.ok(
      told.some(({ clientId }) => clientId === 'client of TWO'),
      JSON.stringify(told),
    )
    assert.equal(await isIn(sameBrowser), false)
    assert.equal(await isIn(elsewhere), true)
  })

  it('takes the refresh token back with the last session of the identity, once', async () => {
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
    const visitors: Visitor[] = []
    for (let browser = 0; browser < 2; browser++) {
      const visitor = new Visitor(own.origin)
      const asked = await visitor.follow('/login/one')
      const answer = await visitor.submit(asked, '', { person: 'ada' })
      await visitor.follow(answer.location ?? '')
      assert.equal(await isIn(visitor), true)
      visitors.push(visitor)
    }
    const before = certified.revoked.length
    for (const visitor of visitors) wayOn(await pressSignOut(visitor))
    await own.stop()
    // With it goes all that was granted, so that there is no access token left to take back.
    assert.deepEqual(certified.revoked.slice(before), ['refresh token'])
  })
})

describe('Signing out in front of the development provider', () => {
  let app: TestApp
  const complaints: string[] = []
  before(async () => {
    app = await startApp({ PROVIDERS: 'dev,dev-oidc', DEFAULT_PROVIDER: 'dev-oidc' })
    const far = app.vestibule.devProvider?.app ?? assert.fail('There is no development provider')
    far.silent = true
    far.on('error', error => complaints.push(String(error)))
  })
  beforeEach(() => complaints.splice(0))
  after(() => app.stop())

  const enter = async (fault?: string) => {
    const visitor = new Visitor(app.origin)
    await visitor.follow(await visitor.comeBack('ada', '/', fault))
    assert.equal(await isIn(visitor), true)
    return visitor
  }

  /** Its page, and yes. */
  async function goOn(visitor: Visitor, departing: Page): Promise<Page> {
    const question = await visitor.follow(wayOn(departing).href)
    assert.match(question.text, /You signed in as ada\./)
    const said = await visitor.submit(question, actionOf(question))
    return visitor.follow(said.location ?? '')
  }

  it('goes by its page and back, and it tells us, which is fine', async () => {
    const ada = await enter()
    const page = await goOn(ada, await pressSignOut(ada))
    assert.ok(page.url.startsWith(`${app.origin}/signed-out?state=`), page.url)
    assert.deepEqual(complaints, [])
  })

  for (const fault of ['logout_wrong_audience', 'logout_no_event', 'logout_alg_none']) {
    it(`takes no logout token of it that is wrong: ${fault}`, async () => {
      const ada = await enter(fault)
      await goOn(ada, await pressSignOut(ada))
      assert.deepEqual(complaints, ['Error: Back-channel logout: the app answered 400'])
    })
  }

  it('a sign-out from its OAuth 2.0 server ends the session here alone', async () => {
    const ada = new Visitor(app.origin)
    await ada.signIn('grace', '/login/dev')
    const page = await pressSignOut(ada)
    assert.equal(page.location, `${app.origin}/signed-out`)
    assert.equal(await isIn(ada), false)
  })
})
