import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CallSlot } from '../../../src/http/call-slot.js'
import type { Overrides } from '../../../src/server.js'
import { newSigner } from '../../oauth/signers.js'
import { assertRefused, assertSignedOut, sessionOf, startAcme } from '../../support/acme-app.js'
import type { Settings } from '../../support/app.js'
import { callbackUrl, type FakeProvider, json } from '../../support/fake-provider.js'
import { forVisitors } from '../../support/page-notes.js'

/** All of them lead to the far side on this machine, each by a name of its own. */
const HOSTS = { issuer: 'op.example', token: 'token.example', jwks: 'keys.example', user: 'user.example' }
const INSIDE = '127.0.0.1'
const OUTSIDE = '203.0.113.7'

/** The far side is on this machine; here its metadata come from the internet. */
const metadataFromOutside: Overrides = {
  httpClient: outbound => ({
    ...outbound,
    takeSlot(provider, within) {
      const slot = outbound.takeSlot(provider, within)
      const send: CallSlot['send'] = async request => {
        const response = await slot.send(request)
        return request.forMetadata ? { ...response, fromPrivateNetwork: false } : response
      }
      return { ...slot, send }
    },
  }),
}

const signer = await newSigner('ES256')

/** Ada comes back from a provider that has moved its name by then; all that it named is on this machine. */
async function comeBack(
  t: TestContext,
  { isOutside, movesTo }: { isOutside: boolean; movesTo: string },
  byHand: (far: FakeProvider) => Settings = () => ({}),
) {
  const places = new Map(Object.values(HOSTS).map(host => [host, INSIDE]))
  const discovered = { ACME_PROTOCOL: 'oidc', ACME_AUTHORIZE_URL: '', ACME_TOKEN_URL: '', ACME_USER_URL: '' }
  const acme = await startAcme(far => ({ ...discovered, ACME_ISSUER: issuerOf(far), ...byHand(far) }), {
    lookup: async host => [{ address: places.get(host) ?? host, family: 4 }],
    ...(isOutside && metadataFromOutside),
  })
  t.after(() => acme.stop())
  openProvider(acme.far)
  const visitor = acme.newVisitor()
  const { location = '' } = await visitor.open('/login/acme')
  places.set(HOSTS.issuer, movesTo)
  const nonce = new URL(location).searchParams.get('nonce') ?? ''
  const page = await visitor.follow(callbackUrl(location, { code: nonce }))
  return { acme, visitor, page }
}

const at = ({ origin }: FakeProvider, host: string) => `http://${host}:${new URL(origin).port}`
const issuerOf = (far: FakeProvider) => at(far, HOSTS.issuer)
const urlOf = (far: FakeProvider, part: 'token' | 'jwks' | 'user') => `${at(far, HOSTS[part])}/${part}`

function openProvider(far: FakeProvider): void {
  const issuer = issuerOf(far)
  const metadata = {
    ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: urlOf(far, 'token') },
    ...{ jwks_uri: urlOf(far, 'jwks'), userinfo_endpoint: urlOf(far, 'user') },
    id_token_signing_alg_values_supported: ['ES256'],
  }
  far.on('/.well-known/openid-configuration', json(metadata))
  far.on('/jwks', json({ keys: [signer.jwk] }))
  far.on('/user', json({ sub: 'ada', name: 'Ada Lovelace' }))
  far.on('/token', async (seen, response) => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer, aud: 'client-at-acme', sub: 'ada', nonce: seen.form.get('code'), iat, exp: iat + 60 }
    json({ access_token: 'sesame', token_type: 'Bearer', id_token: await signer.sign(claims) })(seen, response)
  })
}

test('DI-02 a provider of our own network may name endpoints there', async t => {
  const { page, visitor } = await comeBack(t, { isOutside: false, movesTo: INSIDE })
  assert.equal(page.status, 200, page.text)
  assert.equal((await sessionOf(visitor)).user.name, 'Ada Lovelace')
})

for (const [part, byHand] of [
  ['token', () => ({})],
  ['jwks', far => ({ ACME_TOKEN_URL: urlOf(far, 'token') })],
  ['user', far => ({ ACME_TOKEN_URL: urlOf(far, 'token'), ACME_JWKS_URL: urlOf(far, 'jwks') })],
] as const satisfies readonly (readonly [string, (far: FakeProvider) => Settings])[]) {
  test(`A7 DI-02 a provider of the internet names a ${part} endpoint in our own network, and moves its own name there: nothing is sent`, async t => {
    const { acme, page, visitor } = await comeBack(t, { isOutside: true, movesTo: INSIDE }, byHand)
    assertRefused(page, 502, 'provider_unreachable')
    await assertSignedOut(acme, visitor)
    assert.equal(acme.far.calls(`/${part}`), 0)
    const rule = `${HOSTS[part]} is inside our own network (127.0.0.1), where metadata may lead only if they came`
    assert.ok(acme.app.logged().includes(rule), acme.app.logged())
    assert.ok(!forVisitors(page).includes(HOSTS[part]), page.text)
  })
}

test('A7 metadata that came from our own network stay so when the name of the provider moves outside', async t => {
  const { page } = await comeBack(t, { isOutside: false, movesTo: OUTSIDE })
  assert.equal(page.status, 200, page.text)
})

test('endpoints that the settings name themselves may be in our own network, wherever the issuer is', async t => {
  const { page } = await comeBack(t, { isOutside: true, movesTo: OUTSIDE }, far => ({
    ...{ ACME_TOKEN_URL: urlOf(far, 'token'), ACME_JWKS_URL: urlOf(far, 'jwks'), ACME_USER_URL: urlOf(far, 'user') },
  }))
  assert.equal(page.status, 200, page.text)
})

test('B-09 a discovery URL in our own network may lead there, though the issuer is on the internet', async t => {
  const names: Record<string, string> = { [HOSTS.issuer]: OUTSIDE }
  const acme = await startAcme(
    far => ({
      ...{ ACME_PROTOCOL: 'oidc', ACME_AUTHORIZE_URL: '', ACME_TOKEN_URL: '', ACME_USER_URL: '' },
      ...{ ACME_ISSUER: issuerOf(far), ACME_DISCOVERY_URL: `${at(far, 'keycloak')}/.well-known/openid-configuration` },
    }),
    { lookup: async host => [{ address: names[host] ?? INSIDE, family: 4 }] },
  )
  t.after(() => acme.stop())
  openProvider(acme.far)
  const visitor = acme.newVisitor()
  const { location = '' } = await visitor.open('/login/acme')
  assert.ok(location.startsWith(`${issuerOf(acme.far)}/authorize?`), location)
  const nonce = new URL(location).searchParams.get('nonce') ?? ''
  const page = await visitor.follow(callbackUrl(location, { code: nonce }))
  assert.equal(page.status, 200, `${page.text}${acme.app.logged()}`)
  assert.equal((await sessionOf(visitor)).user.name, 'Ada Lovelace')
})
