// The same as advisories.test.ts, for flaws in OpenID Connect, its tokens and OAuth 1.0a.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { CompactEncrypt, exportSPKI, importJWK, SignJWT } from 'jose'
import { expectedIssuer } from '../../../src/accounts/protocols/oidc-id-token.js'
import { createProvider } from '../../../src/providers/create-provider.js'
import { base64url, newSigner } from '../../oauth/signers.js'
import { someSettings } from '../../providers/samples.js'
import { sessionOf } from '../../support/acme-app.js'
import { type OAuth1Provider, startOAuth1Provider } from '../../support/fake-oauth1.js'
import type { Claims, FakeOidc } from '../../support/fake-oidc.js'
import { AS_A_PAGE, hiddenFields } from '../../support/http-browser.js'
import { assertAccepted, assertIdTokenRefused, type OidcApp, startOidcApp } from '../../support/oidc-app.js'

const TENANT = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490'

let oauth1: OAuth1Provider
let site: OidcApp
let op: FakeOidc
before(async () => {
  oauth1 = await startOAuth1Provider()
  const { pem } = await newSigner('ES256')
  const apple = {
    APPLE_CLIENT_ID: 'client-at-apple',
    APPLE_KEY_ID: 'KEY',
    APPLE_TENANT: 'ABCDE12345',
    APPLE_PRIVATE_KEY: pem,
  }
  const settings = (far: FakeOidc) => ({
    ...{ ...oauth1.settings('signed'), ...far.settings('op'), ...apple, APPLE_ISSUER: far.issuer },
    PROVIDERS: 'op,signed,apple',
  })
  site = await startOidcApp({ settings })
  op = site.far
})
after(async () => {
  await site.stop()
  await oauth1.stop()
})
beforeEach(() => op.reset())

type Forge = (claims: Claims) => string | Promise<string>

const parts = (...all: unknown[]) => all.map(base64url).join('.')

/** The same claims, with a signature by a shared secret. */
const shared = (claims: Claims, secret: string) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: op.keys.rsa.kid }).sign(Buffer.from(secret))

async function publicPem(): Promise<string> {
  const key = await importJWK(op.keys.rsa.jwk, 'RS256')
  if (key instanceof Uint8Array) throw new Error('A public key is an object')
  return exportSPKI(key)
}

async function encrypted(claims: Claims, header: { alg: string; enc: string }): Promise<string> {
  const text = Buffer.from(await op.keys.rsa.sign(claims))
  return new CompactEncrypt(text).setProtectedHeader(header).encrypt(await importJWK(op.keys.rsa.jwk, header.alg))
}

/** What a good token of RS256 says of itself. */
const head = (more: object = {}) => ({ alg: 'RS256', kid: op.keys.rsa.kid, typ: 'JWT', ...more })

const FORGED: readonly [name: string, ...forgeries: Forge[]][] = [
  [
    'CVE-2021-44878 pac4j: an unsigned token signs nobody in, whatever the provider offers',
    claims => parts({ alg: 'none' }, claims, ''),
    claims => parts({ alg: 'None', kid: op.keys.rsa.kid }, claims, 'x'),
  ],
  [
    'CVE-2026-28802 Authlib: no signature is none, under the name of any algorithm',
    claims => parts(head(), claims, ''),
    claims => parts(head({ alg: 'none' }), claims, ''),
    claims => `${parts(head(), claims)}`,
  ],
  [
    'CVE-2015-9235 jsonwebtoken: the header of a token does not choose how it is verified',
    claims => shared(claims, JSON.stringify(op.keys.rsa.jwk)),
    claims => shared(claims, op.keys.rsa.jwk.n ?? ''),
  ],
  [
    'CVE-2022-23540 jsonwebtoken: a key that is not there verifies nothing',
    claims => parts({ alg: 'none', kid: 'nobody' }, claims, ''),
    claims => parts({ alg: 'HS256', kid: 'nobody' }, claims, 'x'),
  ],
  [
    'CVE-2024-37568 GHSA-5357-c2jx-v7qh Authlib: a public key in PEM is no shared secret',
    async claims => shared(claims, await publicPem()),
    async claims => shared(claims, (await publicPem()).trim()),
  ],
  [
    'CVE-2026-27962 GHSA-wvwj-cvrp-7pv5 Authlib: a key that the token brings along is not looked at',
    claims => op.keys.otherRsa.signRaw({ ...head({ jwk: op.keys.otherRsa.jwk }) }, claims),
    async claims => {
      const own = await newSigner('RS256', 'own')
      return own.signRaw({ alg: 'RS256', jwk: own.jwk, x5c: ['MII'], jku: `${op.origin}/own` }, claims)
    },
  ],
  [
    'CVE-2025-59420 GHSA-9ggr-2464-2j32 Authlib: what must be understood and is not ends the reading',
    claims => op.keys.rsa.signRaw(head({ crit: ['bork'], bork: true }), claims),
    claims => op.keys.rsa.signRaw(head({ crit: ['exp'], exp: 1 }), claims),
  ],
  [
    'CVE-2026-28490 Authlib: nothing is decrypted, and so not by RSA1_5 either',
    () => parts({ alg: 'RSA1_5', enc: 'A128CBC-HS256' }, 'key', 'iv', 'text', 'tag'),
    claims => encrypted(claims, { alg: 'RSA-OAEP', enc: 'A128GCM' }),
  ],
  [
    'CVE-2025-62706 Authlib: nothing of a token is inflated',
    () => parts({ alg: 'RSA-OAEP', enc: 'A128GCM', zip: 'DEF' }, 'key', 'iv', 'text', 'tag'),
  ],
  [
    'CVE-2024-28176 jose: a token that would grow is refused by its form',
    () => parts({ alg: 'dir', enc: 'A128GCM', zip: 'DEF' }, '', 'iv', 'x'.repeat(20_000), 'tag'),
  ],
  [
    'CVE-2026-28498 GHSA-m344-f55w-2m6j Authlib: an at_hash that cannot be compared is wrong',
    claims => op.keys.rsa.sign({ ...claims, at_hash: '' }),
    claims => op.keys.rsa.sign({ ...claims, at_hash: null }),
    claims => op.keys.rsa.sign({ ...claims, at_hash: [claims.at_hash] }),
  ],
  [
    'CVE-2020-15240 omniauth-auth0: a token is believed for its signature, and not for where it came from',
    async claims =>
      `${(await op.keys.rsa.sign({ ...claims, sub: 'x' })).split('.').slice(0, 2).join('.')}.${(await op.keys.rsa.sign(claims)).split('.')[2]}`,
    claims => op.keys.otherRsa.sign(claims, { kid: op.keys.rsa.kid }),
  ],
  [
    'CVE-2019-13483 passport-sharepoint: claims that nobody signed are nobody’s',
    claims => parts(head(), { ...claims, sub: 'admin' }, 'signature'),
  ],
]
for (const [name, ...forgeries] of FORGED) {
  test(name, async () => {
    for (const idToken of forgeries) await assertIdTokenRefused(site, { idToken }, 'id_token_invalid')
    assert.equal(op.calls('/own'), 0)
  })
}

test('CVE-2026-33496 Oathkeeper: a key of one provider opens nothing at another', async () => {
  const other = await startOidcApp({
    settings: mine => ({
      ...op.settings('friend'),
      ...mine.settings('op'),
      ...{ PROVIDERS: 'op,friend', ACCOUNT_LINKING: 'never' },
    }),
  })
  try {
    assert.equal((await other.newVisitor().follow('/login/friend')).status, 200)
    await assertIdTokenRefused(other, { signer: op.keys.rsa })
    await assertAccepted(other)
  } finally {
    await other.stop()
  }
})

test('CVE-2020-26254 GHSA-49r3-2549-3633 omniauth-apple: an address in the unsigned form is nobody’s', async () => {
  const user = JSON.stringify({ email: 'victim@example.org', name: { firstName: 'Vic', lastName: 'Tim' } })
  op.override({ back: { user }, ignoresPkce: true, claims: { email: 'mallory@example.org', email_verified: true } })
  const visitor = site.newVisitor()
  const { location = '' } = await visitor.open('/login/apple')
  const form = hiddenFields((await visitor.open(location)).text)
  const posted = await site.newVisitor().ask('/oauth/apple/callback', { method: 'POST', form, headers: AS_A_PAGE })
  assert.equal((await visitor.open(posted.location ?? '')).status, 303)
  const { user: person } = await sessionOf(visitor)
  assert.deepEqual([person.email, person.email_verified, person.name], ['mallory@example.org', true, 'Vic Tim'])
})

test('CVE-2016-7191 passport-azure-ad: a tenant that was not asked for is another issuer', () => {
  const settings = { name: 'microsoft', preset: 'microsoft', protocol: 'oidc', tenant: TENANT } as const
  const provider = createProvider(someSettings(settings), 'http://localhost')
  assert.ok(provider.protocol === 'oidc')
  const issuerFor = expectedIssuer(provider)
  assert.equal(issuerFor({ tid: TENANT }), `https://login.microsoftonline.com/${TENANT}/v2.0`)
  const stranger = TENANT.replace('8', '9')
  for (const tid of [stranger, '', [TENANT], `${TENANT}/`]) assert.equal(issuerFor({ tid }), undefined)
  assert.equal(issuerFor({}), undefined)
  const iss = `https://login.microsoftonline.com/${stranger}/v2.0`
  assert.equal(issuerFor({ iss, tid: stranger }), undefined)
})
