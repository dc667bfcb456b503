// The refresh tests of the OpenID conformance suite by their names, and ours beside them, over a page of the app.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { startApp, type TestApp } from '../../support/app.js'
import { type CertifiedProvider, startCertifiedProvider } from '../../support/certified-provider.js'
import { type Ask, addPage } from '../../support/developer-page.js'
import { ADA_AT_OP, startFakeOidc } from '../../support/fake-oidc.js'
import { badRefreshes, GOOD_REFRESHES } from '../../support/fake-oidc-refresh.js'
import { json } from '../../support/fake-provider.js'
import { HttpBrowser, type Page } from '../../support/http-browser.js'
import { type OidcApp, startOidcApp } from '../../support/oidc-app.js'

const HOUR = 3_600_000
/** So long that the certified provider's access tokens are over, and its ID tokens are not. */
const TWO_MINUTES = 120_000

/** There is no name before there is a provider. */
async function namesOfBadRefreshes(): Promise<string[]> {
  const op = await startFakeOidc()
  await op.stop()
  return Object.keys(badRefreshes(op, ''))
}
const BAD_REFRESHES = await namesOfBadRefreshes()

describe('A refreshed token of an OpenID provider', () => {
  let site: OidcApp
  let ask: Ask
  let ada: HttpBrowser
  let clock = Date.now()
  before(async () => {
    site = await startOidcApp({
      overrides: { now: () => clock },
      settings: op => ({ OP_API_BASE_URL: `${op.issuer}/`, ALLOWED_USERS: 'email:ada@example.org' }),
    })
    ask = addPage(site.app)
  })
  after(() => site.stop())
  beforeEach(async () => {
    clock += 2 * HOUR
    site.reset()
    site.far.override({ refresh: {} })
    ada = site.newVisitor()
    assert.equal((await ada.follow('/')).status, 200)
    clock += HOUR
  })

  const user = () => ask<{ sub: string }>(ada, ctx => ctx.provider('op').json('/userinfo'))
  const signedIn = async () => JSON.parse((await ada.ask('/api/session')).text).signed_in
  const bearers = () =>
    site.far.requests.flatMap(({ path, headers }) => (path === '/userinfo' ? [headers.authorization] : []))

  for (const [name, refresh] of Object.entries(GOOD_REFRESHES)) {
    test(`a refresh at an OpenID provider ${name} is used, and the next refresh works too`, async () => {
      site.far.override({ refresh })
      const first = bearers().at(-1)
      for (let round = 1; round <= 3; round++) {
        assert.equal((await user()).result.sub, ADA_AT_OP.sub)
        assert.equal(site.far.refreshes.granted, round)
        clock += HOUR
        // Without an end of its own, a token is renewed once the API has refused it.
        if (name.includes('expires_in')) break
      }
      assert.notEqual(bearers().at(-1), first)
      assert.ok(await signedIn())
      assert.deepEqual(site.far.problems, [])
    })
  }

  test('a token of an OpenID provider without expires_in is refreshed when the API refuses it', async () => {
    site.far.override({ refresh: { token: { expires_in: undefined } } })
    await user()
    clock += HOUR
    const old = bearers().at(-1)
    site.far.on('/userinfo', (seen, response) =>
      (seen.headers.authorization === old ? json({}, 401) : json(ADA_AT_OP))(seen, response),
    )
    assert.equal((await user()).result.sub, ADA_AT_OP.sub)
    assert.equal(site.far.refreshes.granted, 2)
  })

  for (const name of BAD_REFRESHES) {
    test(`a refresh with ${name} is refused before its access token is used, and the session ends`, async () => {
      const refresh = badRefreshes(site.far, ADA_AT_OP.sub)[name]
      assert.ok(refresh)
      site.far.override({ refresh })
      const before = site.far.calls('/userinfo')
      const { status, result: reported } = await user()
      assert.equal(status, 502)
      assert.match(JSON.stringify(reported), /id_token_invalid|subject_mismatch|provider_malformed/)
      assert.equal(site.far.calls('/userinfo'), before)
      if (name.includes('is no text')) return
      assert.equal(await signedIn(), false)
      assert.equal((await user()).status, 401)
      assert.equal(site.far.refreshes.asked, 1)
    })
  }

  test('a new sign-in replaces a refused refresh', async () => {
    site.far.override({ refresh: { claims: { iss: 'https://evil.example' } } })
    await user()
    site.far.override({ refresh: {} })
    const page = await ada.follow('/account')
    assert.doesNotMatch(page.text, /Needs to be reconnected/)
    clock += HOUR
    assert.equal((await user()).status, 200)
  })
})

describe('A refreshed token of a certified OpenID provider', () => {
  const SECRET = 'a secret with % and +, as long as it has to be'
  let certified: CertifiedProvider
  let app: TestApp
  let ask: Ask
  let ada: HttpBrowser
  let ahead = 0
  before(async () => {
    certified = await startCertifiedProvider({ accessTokenSeconds: TWO_MINUTES / 1000 })
    const settings = { ACME_PROTOCOL: 'oidc', ACME_ISSUER: certified.issuer, ACME_API_BASE_URL: `${certified.issuer}/` }
    const client = { ACME_CLIENT_ID: 'client of acme', ACME_CLIENT_SECRET: SECRET }
    const scope = { ACME_SCOPE: 'openid profile email offline_access', ACME_AUTHORIZE_PARAMS: 'prompt=consent' }
    const all = { PROVIDERS: 'acme', DEFAULT_PROVIDER: 'acme', ...settings, ...client, ...scope }
    app = await startApp(all, { now: () => Date.now() + ahead })
    ask = addPage(app)
    certified.register({
      client_id: 'client of acme',
      client_secret: SECRET,
      redirect_uris: [`${app.origin}/oauth/acme/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
    })
  })
  after(async () => {
    await app.stop()
    await certified.stop()
  })
  beforeEach(async () => {
    ahead = 0
    ada = new HttpBrowser(app.origin)
    const page = await choose(await ada.follow('/'))
    assert.equal((await ada.follow(page.location ?? '')).status, 200)
  })

  async function choose(page: Page): Promise<Page> {
    assert.ok(page.text.includes('<button name="person"'), page.text)
    return ada.submit(page, '', { person: 'ada' })
  }

  const user = () => ask<{ sub: string }>(ada, ctx => ctx.provider('acme').json('/me'))
  const token = () => ask<{ accessToken: string }>(ada, ctx => ctx.provider('acme').token)

  test('a certified OpenID provider rotates refresh tokens, and each refresh uses the newest one', async () => {
    const seen = new Set([(await token()).result.accessToken])
    for (let round = 1; round <= 3; round++) {
      ahead = TWO_MINUTES * round
      assert.equal((await user()).result.sub, 'ada')
      seen.add((await token()).result.accessToken)
    }
    assert.equal(seen.size, 4)
  })

  test('TK-29 fifty requests at the same time refresh a token of a certified OpenID provider once, so that it suspects no stolen token', async () => {
    ahead = TWO_MINUTES
    const all = await Promise.all(Array.from({ length: 50 }, () => user()))
    assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([200]))
    ahead = 2 * TWO_MINUTES
    assert.equal((await user()).status, 200)
  })

  test('TK-30 tokens that a certified OpenID provider has revoked are not used, and reconnecting brings new ones', async () => {
    const { result: reported } = await ask<string | undefined>(ada, async ctx => {
      const { session } = ctx.state
      return session && (await app.vestibule.store.tokens.load(session.identityId))?.refreshToken
    })
    const proof = Buffer.from(`client%20of%20acme:${encodeURIComponent(SECRET).replaceAll('%20', '+')}`).toString(
      'base64',
    )
    const form = new URLSearchParams({ token: String(reported), token_type_hint: 'refresh_token' })
    const headers = { Authorization: `Basic ${proof}` }
    const revoked = await fetch(`${certified.issuer}/token/revocation`, { method: 'POST', headers, body: form })
    assert.equal(revoked.status, 200)
    ahead = TWO_MINUTES
    assert.equal((await user()).status, 403)
    assert.match((await ada.open('/account')).text, /Needs to be reconnected/)
    await ada.follow((await choose(await ada.follow('/login/acme'))).location ?? '')
    assert.equal((await user()).result.sub, 'ada')
    assert.doesNotMatch((await ada.open('/account')).text, /Needs to be reconnected/)
  })
})
