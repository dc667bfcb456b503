import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { exportJWK, generateKeyPair } from 'jose'
import { newSigner } from '../../oauth/signers.js'
import { reply } from '../../support/acme-app.js'
import type { FakeOidc } from '../../support/fake-oidc.js'
import type { FakeHandler } from '../../support/fake-provider.js'
import {
  assertAccepted,
  assertIdTokenRefused,
  assertRefusedWith,
  type OidcApp,
  startOidcApp,
} from '../../support/oidc-app.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let clock = Date.now()
let site: OidcApp
let op: FakeOidc
before(async () => {
  site = await startOidcApp({ overrides: { now: () => clock } })
  op = site.far
})
after(() => site.stop())
/** Each begins with nothing kept: what is older than a day is of no use. */
beforeEach(() => {
  op.reset()
  clock += 25 * HOUR
})

const nameless = ({ kid: _, ...jwk }: Record<string, unknown>) => jwk

test('oidcc-client-test-kid-absent-single-jwks: a token without the name of its key is verified with the one key that there is', async () => {
  await assertAccepted(site, { jwks: { keys: [nameless(op.keys.rsa.jwk)] }, header: { kid: undefined } })
})

test('oidcc-client-test-kid-absent-multiple-jwks: a token without the name of its key is verified with each that fits, ten at most', async () => {
  const kinds = ['RS256', 'ES256', 'ES256K', 'EdDSA'] as const
  const made = kinds
    .flatMap(alg => [alg, alg, alg])
    .map(async alg => {
      if (alg !== 'ES256K') return (await newSigner(alg)).jwk
      return nameless({ ...op.keys.ec.jwk, crv: 'secp256k1', alg })
    })
  const keys = (await Promise.all(made)).map(nameless)
  await assertAccepted(site, { jwks: { keys: [...keys, nameless(op.keys.rsa.jwk)] }, header: { kid: undefined } })
  clock += 25 * HOUR
  const pair = await generateKeyPair('RS256')
  const stranger = { ...(await exportJWK(pair.publicKey)), use: 'sig', alg: 'RS256' }
  const eleven = [...Array(10).fill(stranger), nameless(op.keys.rsa.jwk)]
  await assertIdTokenRefused(site, { jwks: { keys: eleven }, header: { kid: undefined } })
})

test('oidcc-client-test-signing-key-rotation-just-before-signing: a provider may change its keys just before it signs', async () => {
  await assertAccepted(site, {
    async idToken(claims) {
      await op.rotate()
      return op.keys.rsa.sign(claims)
    },
  })
  // Nothing was kept before: the first fetch came after the change.
  assert.equal(op.calls('/jwks'), 1)
  await assertAccepted(site, {
    async idToken(claims) {
      await op.rotate()
      return op.keys.rsa.sign(claims)
    },
  })
  assert.equal(op.calls('/jwks'), 1)
})

test('JK-01 oidcc-client-test-signing-key-rotation: the keys are fetched once more, and once a minute at most', async () => {
  await assertAccepted(site)
  await op.rotate()
  await assertAccepted(site)
  assert.equal(op.calls('/jwks'), 1)

  await op.rotate()
  await assertIdTokenRefused(site, {})
  assert.equal(op.calls('/jwks'), 0)
  clock += MINUTE
  await assertAccepted(site)
  assert.equal(op.calls('/jwks'), 1)
})

test('JK-01 a key that is known, and did not make the signature, is no reason to fetch', async () => {
  await assertAccepted(site)
  const known = op.keys.rsa.kid
  await assertIdTokenRefused(site, { idToken: claims => op.keys.otherRsa.sign(claims, { kid: known }) })
  assert.equal(op.calls('/jwks'), 0)
})

test('JK-01 a failed fetch for an unknown key signs no user in, and is not tried again at once', async () => {
  await assertAccepted(site)
  op.reset()
  await op.rotate()
  op.on('/jwks', reply('Oh no', { status: 500 }))
  await assertRefusedWith(site, 'provider_error')
  await assertRefusedWith(site, 'provider_error')
  assert.equal(op.calls('/jwks'), 1)
  assert.equal(op.calls('/userinfo'), 0)
})

test('JK-01 a key that is gone from the set verifies nothing after the next fetch', async () => {
  const old = op.keys.rsa
  await assertAccepted(site)
  await op.rotate()
  clock += HOUR
  await assertAccepted(site)
  await assertIdTokenRefused(site, { signer: old })
})

describe('The set of keys', () => {
  const broken: [what: string, code: string, handler: FakeHandler][] = [
    ['500', 'provider_error', reply('Oh no', { status: 500 })],
    ['HTML', 'provider_malformed', reply('<h1>Hello</h1>', { type: 'text/html' })],
    ['no list', 'provider_malformed', reply('{"keys":{}}')],
    ['an empty list', 'provider_malformed', reply('{"keys":[]}')],
    ['10 MB', 'provider_malformed', reply(`{"keys":[],"x":"${'x'.repeat(10_000_000)}"}`)],
    ['10,000 keys', 'provider_malformed', reply(JSON.stringify({ keys: Array(10_000).fill({ kty: 'RSA' }) }))],
    // One on the same origin is followed by now (P8), with a test of its own in discovery-url.test.ts.
    [
      'a redirect',
      'provider_malformed',
      reply('', { status: 302, headers: { Location: 'https://elsewhere.example/' } }),
    ],
    ['a broken connection', 'provider_unreachable', (_, response) => void response.destroy()],
  ]
  for (const [what, code, handler] of broken) {
    test(`JK-03 a set of keys that is ${what} signs no user in, unless a good one is cached`, async () => {
      op.on('/jwks', handler)
      await assertRefusedWith(site, code)
      assert.equal(op.calls('/userinfo'), 0)

      await assertAccepted(site)
      clock += HOUR
      op.reset()
      op.on('/jwks', handler)
      assert.equal((await site.newVisitor().follow('/')).status, 200)
      assert.equal(op.calls('/jwks'), 1)
    })
  }

  for (const age of ['max-age=0', 'no-store', `max-age=${10 * 365 * 24 * 3600}, immutable`]) {
    test(`JK-06 the set of keys is cached for an hour, with any Cache-Control: ${age}`, async () => {
      const publish = () =>
        op.on('/jwks', reply(JSON.stringify({ keys: [op.keys.rsa.jwk] }), { headers: { 'Cache-Control': age } }))
      const enter = async () => assert.equal((await site.newVisitor().follow('/')).status, 200)
      publish()
      await enter()
      clock += HOUR - 1
      await enter()
      assert.equal(op.calls('/jwks'), 1)
      clock += 1
      await enter()
      assert.equal(op.calls('/jwks'), 2)
    })
  }

  test('JK-05 the set of keys with two keys of one name is tried with both', async () => {
    const decoy = { ...op.keys.otherRsa.jwk, kid: op.keys.rsa.kid }
    await assertAccepted(site, { jwks: { keys: [decoy, op.keys.rsa.jwk] } })
  })
})

test('JK-07 a key of one provider never verifies a token of another, with any key id', async () => {
  const keys = op.keys
  const other = await startOidcApp({
    overrides: { now: () => clock },
    settings: mine => ({ ...op.settings('friend'), ...mine.settings('op'), PROVIDERS: 'op,friend' }),
  })
  try {
    assert.equal((await other.newVisitor().follow('/login/friend')).status, 200)
    // Signed by the friend, whose keys are kept by now, in the name of a key of its own.
    await assertIdTokenRefused(other, { signer: keys.rsa })
    const stolen = (claims: object) => keys.rsa.sign(claims, { kid: other.far.keys.rsa.kid })
    await assertIdTokenRefused(other, { idToken: stolen })
  } finally {
    await other.stop()
  }
})
