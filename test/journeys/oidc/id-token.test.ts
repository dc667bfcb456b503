// The conformance suite's modules on ID tokens, by its names. It passes them by silence: a refused token is one after
// which nobody asks the user endpoint.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CompactEncrypt, importJWK, SignJWT } from 'jose'
import { base64url } from '../../oauth/signers.js'
import { onlyRequestTo, signIn } from '../../support/acme-app.js'
import type { Claims, FakeOidc, OidcOverrides } from '../../support/fake-oidc.js'
import { assertAccepted, assertIdTokenRefused, type OidcApp, startOidcApp } from '../../support/oidc-app.js'

const MINUTE = 60
const now = () => Math.floor(Date.now() / 1000)

let site: OidcApp
let op: FakeOidc
before(async () => {
  site = await startOidcApp()
  op = site.far
})
after(() => site.stop())

/** The good token with every byte of its signature turned over, as the suite spoils it. */
async function tampered(claims: Claims, signer = op.keys.rsa): Promise<string> {
  const token = await signer.sign(claims)
  const end = token.lastIndexOf('.') + 1
  const bytes = Buffer.from(token.slice(end), 'base64url').map(byte => byte ^ 0x5a)
  return token.slice(0, end) + Buffer.from(bytes).toString('base64url')
}

const unsigned = (claims: Claims, alg: unknown) => `${base64url({ alg, typ: 'JWT' })}.${base64url(claims)}.`

const shared = (claims: Claims, secret: string | Uint8Array) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret))

async function encrypted(claims: Claims): Promise<string> {
  const key = await importJWK(op.keys.rsa.jwk, 'RSA-OAEP')
  const inner = await op.keys.rsa.sign(claims)
  return new CompactEncrypt(Buffer.from(inner)).setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A128GCM' }).encrypt(key)
}

/** jose makes no such thing any more; five parts with that header are all that anybody would look at. */
const encryptedTheOldWay = () =>
  [{ alg: 'RSA1_5', enc: 'A128CBC-HS256', zip: 'DEF' }, 'key', 'iv', 'text', 'tag'].map(base64url).join('.')

/** A claim made from what the good token has. */
const withClaims = (change: (good: Claims) => Claims): OidcOverrides => ({
  idToken: claims => op.keys.rsa.sign({ ...claims, ...change(claims) }),
})
const without = (name: string): OidcOverrides => ({ claims: { [name]: undefined } })
const plusOne = (name: string): OidcOverrides => withClaims(good => ({ [name]: `${good[name]}1` }))

const REFUSED: readonly [name: string, bend: () => OidcOverrides][] = [
  ['JW-18 oidcc-client-test-invalid-iss, invalid-iss', () => plusOne('iss')],
  ['JW-18 invalid-iss: a slash at the end is another issuer', () => withClaims(({ iss }) => ({ iss: `${iss}/` }))],
  ['JW-18 invalid-missing-iss', () => without('iss')],
  ['JW-20 oidcc-client-test-missing-sub', () => without('sub')],
  ['JW-20 missing-sub: one that is a number is none', () => ({ claims: { sub: 248289761001 } })],
  ['JW-20 missing-sub: one that is empty is none', () => ({ claims: { sub: '' } })],
  ['JW-20 missing-sub: one of 256 characters is none', () => ({ claims: { sub: 's'.repeat(256) } })],
  ['JW-17 oidcc-client-test-invalid-aud, invalid-aud', () => plusOne('aud')],
  ['JW-17 oidcc-client-test-missing-aud, invalid-missing-aud', () => without('aud')],
  ['JW-17 invalid-aud: an empty list', () => ({ claims: { aud: [] } })],
  ['JW-17 invalid-secondary-aud', () => withClaims(({ aud }) => ({ aud: [aud, `${aud}1`] }))],
  ['JW-17 invalid-secondary-aud: also where azp is us', () => withClaims(({ aud }) => ({ aud: [aud, 'x'], azp: aud }))],
  ['JW-17 an azp that is somebody else', () => ({ claims: { azp: 'somebody else' } })],
  ['JW-16 oidcc-client-test-missing-iat', () => without('iat')],
  ['JW-16 iat-is-week-in-past', () => ({ claims: { iat: now() - 7 * 24 * 60 * MINUTE } })],
  ['JW-16 an iat of tomorrow', () => ({ claims: { iat: now() + 60 * MINUTE } })],
  ['JW-16 an nbf of tomorrow', () => ({ claims: { nbf: now() + 60 * MINUTE } })],
  ['JW-15 invalid-expired-exp', () => ({ claims: { exp: now() - 6 * MINUTE } })],
  ['JW-15 invalid-missing-exp', () => without('exp')],
  ['JW-15 an exp that is a text', () => ({ claims: { exp: String(now() + 60) } })],
  ['JW-15 an exp that is a list', () => ({ claims: { exp: [now() + 60] } })],
  ['JW-19 oidcc-client-test-nonce-invalid, invalid-nonce', () => plusOne('nonce')],
  ['JW-19 invalid-missing-nonce', () => without('nonce')],
  ['JW-19 a nonce that is a list of the right one', () => withClaims(({ nonce }) => ({ nonce: [nonce] }))],
  ['JW-21 oidcc-client-test-invalid-athash', () => plusOne('at_hash')],
  ['oidcc-client-test-invalid-sig-rs256', () => ({ idToken: claims => tampered(claims) })],
  ['JW-01 oidcc-client-test-idtoken-sig-none', () => ({ idToken: claims => unsigned(claims, 'none') })],
  ['JW-01 invalid-null-alg: nOnE', () => ({ idToken: claims => unsigned(claims, 'nOnE') })],
  ['JW-01 invalid-null-alg: null', () => ({ idToken: claims => unsigned(claims, null) })],
  [
    'JW-02 the public key as a shared secret',
    () => ({ idToken: claims => shared(claims, JSON.stringify(op.keys.rsa.jwk)) }),
  ],
  [
    'JW-03 oidcc-client-test-invalid-sig-hs256: the client secret as a key',
    () => ({ idToken: claims => shared(claims, 'secret-at-op-of-32-bytes-or-more!!') }),
  ],
  ['JW-04 a key that the token brings along', () => ({ idToken: claims => ownKey(claims) })],
  ['JW-05 a kid that is a path', () => ({ header: { kid: '../../etc/passwd' } })],
  ['JW-06 an extension that must be understood', () => ({ idToken: claims => rawWith({ crit: ['x'], x: 1 }, claims) })],
  ['JW-09 invalid-alternate-alg', () => ({ signer: op.keys.ec })],
  ['JW-11 a dot too many', () => ({ idToken: async claims => `${await op.keys.rsa.sign(claims)}.` })],
  ['JW-14 encrypted-idtoken-usingrsa15', () => ({ idToken: encryptedTheOldWay })],
  ['JW-14 a token that is encrypted to a key of its own', () => ({ idToken: encrypted })],
  ['JW-22 an access token in the place of an ID token', () => ({ header: { typ: 'at+jwt' } })],
  ['JW-22 a logout token in the place of an ID token', () => ({ claims: { events: LOGOUT } })],
  ['JW-24 a key of the right name that made another signature', () => ({ idToken: claims => stranger(claims) })],
]
const LOGOUT = { 'http://schemas.openid.net/event/backchannel-logout': {} }

const rawWith = (header: object, claims: Claims) =>
  op.keys.rsa.signRaw({ alg: 'RS256', kid: op.keys.rsa.kid, ...header }, claims)

/** Signed with a key that nobody published, in the name of one that is. */
const stranger = (claims: Claims) => op.keys.otherRsa.sign(claims, { kid: op.keys.rsa.kid })
const ownKey = (claims: Claims) =>
  op.keys.otherEc.signRaw(
    { alg: 'ES256', jwk: op.keys.otherEc.jwk, jku: `${op.origin}/evil`, x5u: `${op.origin}/evil` },
    claims,
  )

describe('An ID token is refused before the user endpoint is called', () => {
  for (const [name, bend] of REFUSED) {
    test(name, async () => {
      await assertIdTokenRefused(site, bend())
      assert.equal(op.calls('/evil'), 0)
    })
  }

  test('JW-19 a valid ID token of an earlier sign-in is refused before the user endpoint is called', async () => {
    let earlier: unknown
    await assertAccepted(site, {
      async idToken(claims) {
        earlier = await op.keys.rsa.sign({ ...claims, at_hash: undefined })
        return earlier
      },
    })
    await assertIdTokenRefused(site, { idToken: () => earlier })
  })

  test('oidcc-client-test-invalid-sig-es256: an ID token is refused before the user endpoint is called', async () => {
    const ecOnly = { id_token_signing_alg_values_supported: ['ES256'] }
    const other = await startOidcApp()
    try {
      const { keys } = other.far
      await assertIdTokenRefused(other, { metadata: ecOnly, idToken: claims => tampered(claims, keys.ec) })
      await assertIdTokenRefused(other, { metadata: ecOnly, signer: keys.rsa })
      await assertAccepted(other, { metadata: ecOnly, signer: keys.ec })
    } finally {
      await other.stop()
    }
  })

  test('oidcc-client-test-invalid-sig-hs256: a provider that offers only HS256 signs no user in', async () => {
    const other = await startOidcApp()
    try {
      const metadata = { id_token_signing_alg_values_supported: ['HS256', 'none'] }
      const secret = 'secret-at-op'
      await assertIdTokenRefused(other, { metadata, idToken: claims => shared(claims, secret) })
      await assertIdTokenRefused(other, { metadata, idToken: claims => unsigned(claims, 'none') })
      await assertIdTokenRefused(other, { metadata })
    } finally {
      await other.stop()
    }
  })
})

const ACCEPTED: readonly [name: string, bend: () => OidcOverrides][] = [
  ['oidcc-client-test', () => ({})],
  ['oidcc-client-test-idtoken-sig-rs256', () => ({ signer: op.keys.rsa })],
  ['oidcc-client-test-idtoken-sig-rs256: the second key of the set', () => ({ signer: op.keys.otherRsa })],
  ['valid-aud-as-array', () => withClaims(({ aud }) => ({ aud: [aud] }))],
  ['missing-athash', () => without('at_hash')],
  ['token-type-case-insensitivity', () => ({ token: { token_type: 'bEARER' } })],
  ['token-endpoint-response-without-expires_in', () => ({ token: { expires_in: undefined } })],
  ['no-scope-in-token-endpoint-response', () => ({ token: { scope: undefined } })],
  ['JW-15 a clock that is a few seconds off', () => ({ claims: { exp: now() - 3, iat: now() - 60 } })],
  ['JW-22 a token of no type at all', () => ({ header: { typ: undefined } })],
]

describe('An ID token is accepted', () => {
  for (const [name, bend] of ACCEPTED) {
    test(name, async () => {
      const user = await assertAccepted(site, bend())
      assert.deepEqual([user.login, user.email], ['ada', 'ada@example.org'])
    })
  }
})

test('oidcc-client-test-client-secret-basic, oidcc-client-test-nonce-unless-code-flow: a custom OpenID provider gets the requests that the suite requires', async () => {
  op.reset()
  await signIn(site)
  const { query } = onlyRequestTo(site, '/authorize')
  assert.equal(query.get('scope'), 'openid profile email')
  assert.match(query.get('nonce') ?? '', /^[\w-]{43}$/)
  assert.equal(query.has('response_mode'), false)
  assert.match(onlyRequestTo(site, '/token').headers.authorization ?? '', /^Basic /)
  assert.deepEqual(op.problems, [])
})

test('oidcc-client-test-scope-userinfo-claims, oidcc-client-test-userinfo-bearer-header: the user endpoint of a custom OpenID provider is read', async () => {
  op.reset()
  const { id, ...user } = await signIn(site)
  assert.deepEqual(user, {
    ...{ name: 'Ada Lovelace', login: 'ada', picture: null, roles: [] },
    ...{ email: 'ada@example.org', email_verified: true },
  })
  const { method, headers } = onlyRequestTo(site, '/userinfo')
  assert.equal(method, 'GET')
  assert.match(headers.authorization ?? '', /^Bearer token-of-/)
  const [identity] = await site.sql(`select issuer, subject from identities where user_id = '${id}'`)
  assert.deepEqual(identity, { issuer: op.issuer, subject: '248289761001' })
})
