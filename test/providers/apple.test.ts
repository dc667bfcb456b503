import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { jwtVerify } from 'jose'
import { createProvider } from '../../src/providers/create-provider.js'
import { appleMayOmitNonce, applePostedName, appleTeam } from '../../src/providers/quirks/apple.js'
import { someSettings } from './samples.js'

const KEYS = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

const apple = () =>
  createProvider(
    someSettings({
      ...{ name: 'apple', preset: 'apple', protocol: 'oidc', clientId: 'org.example.login', clientSecret: undefined },
      privateKey: KEYS.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ...{ keyId: 'F6G7H8I9J0', tenant: 'A1B2C3D4E5' },
    }),
    'http://127.0.0.1:3001',
  )

test('the secret for Apple is a short JWT of its own, as another library reads it', async () => {
  const provider = apple()
  assert.ok(provider.protocol === 'oidc' && provider.createClientSecret)
  const { payload, protectedHeader } = await jwtVerify(provider.createClientSecret(NOW), KEYS.publicKey, {
    ...{ algorithms: ['ES256'], issuer: 'A1B2C3D4E5', subject: 'org.example.login' },
    ...{ audience: 'https://appleid.apple.com', currentDate: new Date(NOW) },
  })
  assert.equal(protectedHeader.kid, 'F6G7H8I9J0')
  assert.equal(payload.iat, NOW / 1000)
  // Apple refuses one that lives longer than half a year.
  assert.ok((payload.exp ?? Number.POSITIVE_INFINITY) - NOW / 1000 <= 15_777_000)
  assert.notEqual(provider.createClientSecret(NOW), provider.createClientSecret(NOW + 1000))
})

test('the preset of Apple has a posted response, a secret in the body and no user endpoint', () => {
  const provider = apple()
  assert.ok(provider.protocol === 'oidc')
  const { responseMode, userUrl, tokenEndpointAuthMethod, clientSecret, pkce, nonce } = provider
  assert.deepEqual([responseMode, userUrl, tokenEndpointAuthMethod], ['form_post', null, 'client_secret_post'])
  assert.deepEqual([clientSecret, pkce, nonce], [undefined, false, 'echoed'])
})

test('without what the secret is made of there is no provider', () => {
  for (const missing of ['privateKey', 'keyId', 'tenant']) {
    const settings = someSettings({ name: 'apple', preset: 'apple', privateKey: 'a', keyId: 'b', tenant: 'c' })
    assert.throws(() => createProvider({ ...settings, [missing]: undefined }, 'http://127.0.0.1'), /apple lacks what/)
  }
})

test('only a token that says so itself comes without a nonce', () => {
  assert.ok(appleMayOmitNonce({ nonce_supported: false }))
  for (const value of [true, 'true', null, 0, '', 'no']) assert.ok(!appleMayOmitNonce({ nonce_supported: value }))
  assert.ok(!appleMayOmitNonce({}))
})

test('the first-time name is read, cleaned, and nothing else of it is', () => {
  const table: [user: string, name: string | null][] = [
    ['{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"eve@evil.example"}', 'Ada Lovelace'],
    ['{"name":{"firstName":"Ada"}}', 'Ada'],
    ['{"name":{"firstName":"\\u202eadA\\n","lastName":""}}', 'adA'],
    ['{"name":{"firstName":["Ada"],"lastName":7}}', null],
    ['{"name":"Ada"}', null],
    ['{"email":"eve@evil.example"}', null],
    ['[]', null],
    ['null', null],
    ['not JSON', null],
    ['', null],
    [JSON.stringify({ name: { firstName: 'x'.repeat(3_000) } }), null],
  ]
  for (const [user, name] of table) assert.equal(applePostedName(user), name, user.slice(0, 60))
})

test('a team id is ten capital letters and digits', () => {
  assert.ok(appleTeam.isValid('A1B2C3D4E5'))
  for (const value of ['', 'acme', 'A1B2C3D4E', 'a1b2c3d4e5', 'A1B2C3D4E5F'])
    assert.ok(!appleTeam.isValid(value), value)
})
