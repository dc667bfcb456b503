// Where metadata and keys are, and what is not discovered because the settings say it.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { METADATA_PATH, metadataAt, REDIRECT } from '../../fixtures/servers/django-oauth-toolkit.js'
import { assertRefused, reply, signIn } from '../../support/acme-app.js'
import type { Settings } from '../../support/app.js'
import { DISCOVERY, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { metadataOf } from '../../support/fake-oidc-responses.js'
import { json, startFakeProvider } from '../../support/fake-provider.js'
import { comeBack, type OidcApp, startOidcApp } from '../../support/oidc-app.js'

async function newSite(t: TestContext, path = '', settings: (op: FakeOidc) => Settings = () => ({})): Promise<OidcApp> {
  const site = await startOidcApp({ op: await startFakeOidc({ path }), settings })
  t.after(() => site.stop())
  return site
}

const { status, headers } = REDIRECT
const redirectTo = (location: string) => reply('', { status, type: '', headers: { ...headers, Location: location } })
const logOf = (site: OidcApp) => site.app.logged().replaceAll('\\"', '"')

test('P8 django-oauth-toolkit 1.7.0 redirects from the well-known path to its metadata, and signs people in by the issuer alone', async t => {
  const site = await newSite(t, '/o')
  site.far.on(`/o${DISCOVERY}`, redirectTo(METADATA_PATH))
  site.far.on(METADATA_PATH, json(metadataAt(site.far.origin)))
  // Its keys are elsewhere here than usual, behind a redirect of the same kind.
  site.far.on('/o/.well-known/jwks.json', redirectTo('/o/.well-known/jwks.json/'))
  site.far.on('/o/.well-known/jwks.json/', json({ keys: [site.far.keys.rsa.jwk] }))
  assert.equal((await signIn(site)).login, 'ada')
  assert.deepEqual(site.far.requests.map(({ path }) => path).slice(0, 3), [
    `/o${DISCOVERY}`,
    METADATA_PATH,
    '/authorize',
  ])
  assert.equal(site.far.calls('/.well-known/oauth-authorization-server/o'), 0)
  assert.equal(site.far.calls('/jwks'), 0)
})

test('P8 a redirect from the metadata to another origin is refused, and that origin is not called', async t => {
  const other = await startFakeProvider()
  t.after(() => other.stop())
  const site = await newSite(t)
  other.on('/metadata', json(metadataOf(site.far.issuer, undefined)))
  site.far.on(DISCOVERY, redirectTo(`${other.origin}/metadata?key=s3cret`))
  const page = await site.newVisitor().open('/login/op')
  assertRefused(page, 502, 'provider_malformed')
  assert.equal(other.requests.length, 0)
  const logged = logOf(site)
  const message = `GET ${site.far.origin}${DISCOVERY} was answered with a redirect (301) to ${other.origin}/metadata, and`
  assert.ok(logged.includes(message), logged)
  assert.doesNotMatch(logged + page.text, /s3cret/)
})

test('P8 a redirect of the keys to another origin is refused, although those keys would verify the ID token', async t => {
  const other = await startFakeProvider()
  t.after(() => other.stop())
  const site = await newSite(t)
  other.on('/jwks', json({ keys: [site.far.keys.rsa.jwk] }))
  site.far.on('/jwks', redirectTo(`${other.origin}/jwks`))
  const visitor = site.newVisitor()
  assertRefused(await visitor.follow('/'), 502, 'provider_malformed')
  assert.deepEqual([other.requests.length, visitor.sessionCookie], [0, undefined])
})

for (const path of ['/token', '/userinfo']) {
  test(`P8 a redirect of ${path} is never followed: the code or the token would go along`, async t => {
    const site = await newSite(t)
    for (const code of [301, 302, 303, 307, 308]) {
      site.far.on(path, reply('', { status: code, headers: { Location: '/elsewhere' } }))
      assertRefused(await site.newVisitor().follow('/'), 502, 'provider_malformed')
    }
    assert.equal(site.far.calls('/elsewhere'), 0)
  })
}

/** As Azure AD B2C: the issuer has the id of the tenant, and the metadata are below the name of the policy. */
const TENANT = '/11111111-2222-3333-4444-555555555555/v2.0/'
const POLICY = '/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration'
const b2c = ({ origin }: FakeOidc): Settings => ({ OP_DISCOVERY_URL: `${origin}${POLICY}?p=b2c_1_signin` })

test('B-09 with DISCOVERY_URL, the metadata are read there and nowhere else, its query included, and people sign in', async t => {
  const site = await newSite(t, TENANT, b2c)
  // B2C has no user endpoint.
  const metadata = { ...metadataOf(site.far.issuer, undefined), userinfo_endpoint: undefined }
  site.far.on(POLICY, json(metadata))
  site.far.override({ claims: { name: 'Ada Lovelace' } })
  assert.equal((await signIn(site)).name, 'Ada Lovelace')
  const discovered = site.far.requests.filter(({ path }) => path.includes('.well-known'))
  assert.deepEqual(
    discovered.map(({ path, query }) => [path, query.get('p')]),
    [[POLICY, 'b2c_1_signin']],
  )
  const [identity] = await site.sql('select issuer from identities')
  assert.equal(identity?.issuer, site.far.issuer)
})

for (const [what, change] of [
  ['another issuer', (issuer: string) => `${issuer}x`],
  ['the issuer without its slash', (issuer: string) => issuer.slice(0, -1)],
  ['the discovery URL as issuer', (issuer: string) => new URL(POLICY, issuer).href],
  ['no issuer', () => undefined],
] as const) {
  test(`B-09 with DISCOVERY_URL metadata that name ${what} are refused, as they are below the issuer`, async t => {
    const site = await newSite(t, TENANT, b2c)
    site.far.on(POLICY, json({ ...metadataOf(site.far.issuer, undefined), issuer: change(site.far.issuer) }))
    assertRefused(await site.newVisitor().open('/login/op'), 502, 'provider_malformed')
    assert.ok(logOf(site).includes(`"${site.far.issuer}" is configured`), logOf(site))
    assert.equal(site.far.calls('/authorize'), 0)
  })
}

test('B-09 a DISCOVERY_URL that is not found is refused, and no well-known path is tried', async t => {
  const site = await newSite(t, '', ({ origin }) => ({ OP_DISCOVERY_URL: `${origin}/nothing-here` }))
  assertRefused(await site.newVisitor().open('/login/op'), 502, 'provider_error')
  assert.deepEqual(
    site.far.requests.map(({ path }) => path),
    ['/nothing-here'],
  )
})

test('B-09 P8 with DISCOVERY_URL, the URL may redirect once on its own origin', async t => {
  const site = await newSite(t, TENANT, b2c)
  site.far.on(POLICY, redirectTo(`${POLICY}/`))
  site.far.on(`${POLICY}/`, json(metadataOf(site.far.issuer, undefined)))
  assert.equal((await signIn(site)).login, 'ada')
})

const byHand = ({ origin }: FakeOidc): Settings => ({
  OP_AUTHORIZE_URL: `${origin}/authorize`,
  OP_TOKEN_URL: `${origin}/token`,
  OP_JWKS_URL: `${origin}/jwks`,
})

test('B-09 with AUTHORIZE_URL, TOKEN_URL and JWKS_URL nothing is discovered, the ID token alone names the user, and the guard redirects straight there', async t => {
  const site = await newSite(t, '/below', byHand)
  site.far.override({ claims: { name: 'Ada of the ID token' } })
  const visitor = site.newVisitor()
  const start = await visitor.open('/')
  assert.ok(start.location?.startsWith(`${site.far.origin}/authorize?`), start.location)
  await visitor.follow(start.location ?? '')
  assert.equal((await signIn(site, visitor)).name, 'Ada of the ID token')
  assert.deepEqual(
    site.far.requests.map(({ path }) => path),
    ['/authorize', '/token', '/jwks'],
  )
})

test('B-09 with AUTHORIZE_URL, TOKEN_URL and JWKS_URL the other endpoints are those of the settings', async t => {
  const site = await newSite(t, '/below', far => ({
    ...byHand(far),
    OP_USER_URL: `${far.origin}/userinfo`,
    OP_END_SESSION_URL: `${far.origin}/end-session`,
    OP_REVOCATION_URL: `${far.origin}/revoke`,
  }))
  const revoked = new Promise<void>(resolve => {
    site.far.on('/revoke', (seen, response) => {
      reply('')(seen, response)
      resolve()
    })
  })
  const visitor = site.newVisitor()
  assert.equal((await signIn(site, visitor)).login, 'ada')
  const logout = await visitor.open('/logout')
  const leaving = await visitor.submit(logout, '/logout')
  assert.ok(String(leaving.headers.refresh).includes(`${site.far.origin}/end-session?`), leaving.text)
  await revoked
  assert.equal(site.far.requests.filter(({ path }) => path.includes('.well-known')).length, 0)
})

test("B-09 with AUTHORIZE_URL, TOKEN_URL and JWKS_URL ID tokens must have RS256, the standard's default, or the ID_TOKEN_ALG", async t => {
  const site = await newSite(t, '', byHand)
  site.far.override({ signer: site.far.keys.ec })
  assertRefused(await site.newVisitor().follow('/'), 502, 'id_token_invalid')
  const other = await newSite(t, '', far => ({ ...byHand(far), OP_ID_TOKEN_ALG: 'ES256' }))
  other.far.override({ signer: other.far.keys.ec })
  assert.equal((await other.newVisitor().follow('/')).status, 200)
})

test('B-09 with AUTHORIZE_URL, TOKEN_URL and JWKS_URL a callback need not name the issuer, and one that names another is refused', async t => {
  const site = await newSite(t, '', byHand)
  for (const iss of [undefined, site.far.issuer]) {
    site.far.override({ back: { iss } })
    assert.equal((await site.newVisitor().follow('/')).status, 200)
  }
  site.far.override({ back: { iss: 'https://evil.example' } })
  const visitor = site.newVisitor()
  assertRefused(await visitor.open((await comeBack(visitor)).href), 400, 'issuer_mismatch')
})

test('B-09 with two of AUTHORIZE_URL, TOKEN_URL and JWKS_URL the third comes from discovery', async t => {
  for (const left of ['OP_AUTHORIZE_URL', 'OP_TOKEN_URL', 'OP_JWKS_URL']) {
    const site = await newSite(t, '', far => ({ ...byHand(far), [left]: '' }))
    assert.equal((await signIn(site)).login, 'ada')
    assert.equal(site.far.calls(DISCOVERY), 1, left)
  }
})
