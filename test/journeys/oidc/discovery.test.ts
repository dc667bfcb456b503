import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test'
import { assertRefused, onlyRequestTo, reply, sessionOf, signIn } from '../../support/acme-app.js'
import { DISCOVERY, startFakeOidc } from '../../support/fake-oidc.js'
import { type FakeHandler, json } from '../../support/fake-provider.js'
import { assertAccepted, assertRefusedWith, comeBack, type OidcApp, startOidcApp } from '../../support/oidc-app.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** An app that was never told anything yet; it ends with the test. */
async function newSite(t: TestContext, options: Parameters<typeof startOidcApp>[0] = {}): Promise<OidcApp> {
  const site = await startOidcApp(options)
  t.after(() => site.stop())
  return site
}

/** A start that gets nowhere: nobody is sent to the provider, and nothing else is asked there. */
async function assertStopsAtOnce(site: OidcApp, code = 'provider_malformed'): Promise<void> {
  await assertRefusedWith(site, code)
  assert.equal(site.far.calls('/authorize'), 0)
  assert.equal(site.far.calls('/token'), 0)
  assert.equal(site.far.calls('/jwks'), 0)
}

describe('What a provider says of itself', () => {
  /** Never learns anything, because a failure is not kept. */
  let site: OidcApp
  before(async () => {
    site = await startOidcApp()
  })
  after(() => site.stop())
  beforeEach(() => site.far.reset())

  test('oidcc-client-test-discovery-openid-config: metadata are fetched first, and their endpoints are used', async t => {
    const site = await newSite(t)
    await assertAccepted(site)
    assert.deepEqual(
      site.far.requests.map(({ path }) => path),
      [DISCOVERY, '/authorize', '/token', '/jwks', '/userinfo'],
    )
  })

  test('oidcc-client-test-discovery-jwks-uri-keys: the keys are where the metadata say, and nowhere else', async t => {
    const site = await newSite(t)
    const place = `/${randomBytes(5).toString('hex')}`
    site.far.on(place, json({ keys: [site.far.keys.rsa.jwk] }))
    site.far.override({ metadata: { jwks_uri: site.far.origin + place } })
    await signIn(site)
    assert.equal(site.far.calls('/jwks'), 0)
    assert.equal(onlyRequestTo(site, place).headers.authorization, undefined)
  })

  const others: [how: string, change: (issuer: string) => unknown][] = [
    ['INVALID at its end', issuer => `${issuer}INVALID`],
    ['a slash at its end', issuer => `${issuer}/`],
    ['another case', issuer => issuer.replace('http', 'HTTP')],
    ['another port', issuer => issuer.replace(/\d+$/, '1')],
    ['another scheme', issuer => issuer.replace('http:', 'https:')],
    ['a path', issuer => `${issuer}/tenant`],
    ['nothing', () => undefined],
    ['a list', issuer => [issuer]],
  ]
  for (const [how, change] of others) {
    test(`DI-01 oidcc-client-test-discovery-issuer-mismatch: metadata of an issuer with ${how} are refused`, async () => {
      const message = change(site.far.issuer)
      site.far.override({ metadata: { issuer: message } })
      await assertStopsAtOnce(site)
      // Both stand in the log, for whoever mistyped one of them.
      const logged = site.app.logged().replaceAll('\\"', '"')
      if (typeof message === 'string')
        assert.ok(logged.includes(`the issuer "${message}", and "${site.far.issuer}"`), logged)
    })
  }

  for (const member of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
    test(`DI-04 metadata without ${member} are refused, and the log names what is missing`, async () => {
      site.far.override({ metadata: { [member]: undefined } })
      await assertStopsAtOnce(site)
      assert.match(site.app.logged(), new RegExp(`no ${member}`))
    })
  }

  const hostile = [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ftp://far.example/x',
    'https://user:password@far.example/',
    'https://far.example/#fragment',
  ]
  const unreadable = ['https:\\\\far.example', '/authorize', '', 17]
  for (const url of [...hostile, ...unreadable]) {
    test(`DI-02 an endpoint at ${JSON.stringify(url)} is neither called nor opened`, async () => {
      // Without the user endpoint the ID token tells of the person, so that one that cannot be read is none (B-15).
      const optional = unreadable.includes(url)
        ? []
        : ['userinfo_endpoint', 'revocation_endpoint', 'end_session_endpoint']
      for (const member of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', ...optional]) {
        site.far.reset()
        site.far.override({ metadata: { [member]: url } })
        await assertStopsAtOnce(site)
      }
    })
  }

  for (const url of unreadable) {
    test(`B-15 DI-02 a user endpoint at ${JSON.stringify(url)} is ignored, and the ID token names the user`, async t => {
      const site = await newSite(t)
      site.far.override({ metadata: { userinfo_endpoint: url }, claims: { name: 'Ada by the ID token' } })
      const visitor = site.newVisitor()
      assert.equal((await visitor.follow('/')).status, 200)
      assert.equal((await sessionOf(visitor)).user.name, 'Ada by the ID token')
      assert.equal(site.far.calls('/userinfo'), 0)
    })
  }

  const broken: [what: string, code: string, handler: FakeHandler][] = [
    ['500', 'provider_error', reply('Oh no', { status: 500 })],
    ['HTML', 'provider_malformed', reply('<h1>Hello</h1>', { type: 'text/html' })],
    ['a list', 'provider_malformed', reply('[]')],
    ['10 MB', 'provider_malformed', reply(`{"x":"${'x'.repeat(10_000_000)}"}`)],
    // One on the same origin is followed by now (P8), with a test of its own in discovery-url.test.ts.
    [
      'a redirect',
      'provider_malformed',
      reply('', { status: 302, headers: { Location: 'https://elsewhere.example/' } }),
    ],
  ]
  for (const [what, code, handler] of broken) {
    test(`metadata are ${what}: the start is refused, and the next one asks again`, async t => {
      const site = await newSite(t)
      site.far.on(DISCOVERY, handler)
      await assertStopsAtOnce(site, code)
      assert.equal(site.far.requests.length, 1)
      await assertAccepted(site)
    })
  }

  test('metadata are found in the form of RFC 8414 where OpenID Connect has nothing, below the path of the issuer', async t => {
    const op = await startFakeOidc({ path: '/tenant/one' })
    const site = await newSite(t, { op })
    await assertAccepted(site)
    const again = await newSite(t, { op: await startFakeOidc({ path: '/tenant/one' }) })
    const document = await (await fetch(`${again.far.issuer}${DISCOVERY}`)).json()
    again.far.on(`/tenant/one${DISCOVERY}`, reply('', { status: 404 }))
    again.far.on('/.well-known/oauth-authorization-server/tenant/one', json(document))
    await signIn(again)
  })

  test('metadata that are found but wrong are not looked for in another document', async () => {
    site.far.override({ metadata: { issuer: 'https://evil.example' } })
    await assertStopsAtOnce(site)
    assert.equal(site.far.calls('/.well-known/oauth-authorization-server'), 0)
  })
})

describe('A provider that is down', () => {
  const broken: FakeHandler = (_, response) => void response.destroy()

  test('DI-06 a provider that is down at our start hinders neither the start nor other providers, and works when it is up', async t => {
    const site = await newSite(t, { settings: { PROVIDERS: 'op,dev' } })
    site.far.on(DISCOVERY, broken)
    assert.equal((await site.newVisitor().ask('/health/ready')).status, 200)
    await assertStopsAtOnce(site, 'provider_unreachable')
    const chooser = await site.newVisitor().open('/login')
    assert.equal(chooser.status, 200)
    assert.equal((await site.newVisitor().open('/login/dev')).status, 303)
    await assertAccepted(site)
  })

  test('DI-07 the metadata of a provider that is down later are cached for a day', async t => {
    let clock = Date.now()
    const site = await newSite(t, { overrides: { now: () => clock } })
    await assertAccepted(site)
    for (const later of [HOUR, 22 * HOUR]) {
      clock += later
      site.far.reset()
      site.far.on(DISCOVERY, broken)
      await signIn(site)
    }
    clock += HOUR + MINUTE
    site.far.reset()
    site.far.on(DISCOVERY, broken)
    await assertStopsAtOnce(site, 'provider_unreachable')
  })

  test('DI-08 first sign-ins at the same moment share one fetch of the metadata, and its failure is not cached', async t => {
    const site = await newSite(t)
    const starting = () => Promise.all([1, 2, 3].map(() => site.newVisitor().open('/login/op')))
    site.far.on(DISCOVERY, broken)
    for (const page of await starting()) assertRefused(page, 502, 'provider_unreachable')
    site.far.reset()
    const pages = await starting()
    assert.deepEqual(
      pages.map(({ status }) => status),
      [303, 303, 303],
    )
    assert.equal(site.far.calls(DISCOVERY), 1)
  })

  test('DI-09 changed metadata count for new starts, and a sign-in under way keeps its issuer and succeeds', async t => {
    let clock = Date.now()
    const site = await newSite(t, { overrides: { now: () => clock } })
    const visitor = site.newVisitor()
    const callback = await comeBack(visitor)
    clock += HOUR
    const { origin } = site.far
    const changes = {
      authorization_endpoint: `${origin}/new-authorize`,
      authorization_response_iss_parameter_supported: true,
    }
    site.far.override({ metadata: changes, claims: { at_hash: undefined } })
    const { location = '' } = await site.newVisitor().open('/login/op')
    assert.equal(new URL(location).pathname, '/new-authorize')

    clock -= HOUR
    assert.equal((await visitor.open(callback.href)).status, 303)
    // Another issuer is believed by nobody, and what was kept goes on.
    clock += 2 * HOUR
    site.far.override({ metadata: { issuer: 'https://evil.example' } })
    assert.equal((await site.newVisitor().open('/login/op')).status, 303)
  })
})
