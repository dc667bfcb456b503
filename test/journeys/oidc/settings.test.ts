import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { section } from '../../docs/pages.js'
import { assertRefused, onlyRequestTo, signIn } from '../../support/acme-app.js'
import type { Settings } from '../../support/app.js'
import { ADA_AT_OP, DISCOVERY, type FakeOidc, startFakeOidc } from '../../support/fake-oidc.js'
import { json } from '../../support/fake-provider.js'
import {
  assertAccepted,
  assertIdTokenRefused,
  assertRefusedWith,
  type OidcApp,
  startOidcApp,
} from '../../support/oidc-app.js'

const MINUTE = 60_000

/** An app with more settings, which ends with the test. */
async function withSettings(t: TestContext, settings: Settings | ((op: FakeOidc) => Settings)): Promise<OidcApp> {
  const site = await startOidcApp({ settings })
  t.after(() => site.stop())
  return site
}

const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds

test('JW-23 max_age is sent, and an auth_time that is missing, no number or too old is refused', async t => {
  const site = await withSettings(t, { OP_MAX_AGE: '5m' })
  for (const auth_time of [undefined, null, '1', String(secondsAgo(0)), secondsAgo(331), secondsAgo(-90)]) {
    await assertIdTokenRefused(site, { claims: { auth_time } })
    assert.equal(onlyRequestTo(site, '/authorize').query.get('max_age'), '300')
  }
  await assertAccepted(site, { claims: { auth_time: secondsAgo(290) } })
})

test('JW-23 max_age=0 requires a new sign-in at the provider', async t => {
  const site = await withSettings(t, { OP_MAX_AGE: '0' })
  await assertIdTokenRefused(site, { claims: { auth_time: secondsAgo(60) } })
  await assertIdTokenRefused(site, {})
  await assertAccepted(site, { claims: { auth_time: secondsAgo(1) } })
  assert.equal(onlyRequestTo(site, '/authorize').query.get('max_age'), '0')
})

test('JW-23 acr_values are sent, and the ID token must have one of them', async t => {
  const site = await withSettings(t, { OP_ACR_VALUES: 'urn:gold urn:silver' })
  for (const acr of [undefined, 'urn:bronze', ['urn:gold'], 'urn:gold urn:silver', '']) {
    await assertIdTokenRefused(site, { claims: { acr } })
    assert.equal(onlyRequestTo(site, '/authorize').query.get('acr_values'), 'urn:gold urn:silver')
  }
  await assertAccepted(site, { claims: { acr: 'urn:silver' } })
})

test('P15 offline access is requested with prompt=consent by the settings that build.md names', async t => {
  assert.match(
    section('build', "Call the provider's API"),
    /`offline_access` asks for it, and a provider that follows the specification exactly .*`<NAME>_AUTHORIZE_PARAMS=prompt=consent`/,
  )
  const settings = { OP_SCOPE: 'openid offline_access', OP_AUTHORIZE_PARAMS: 'prompt=consent' }
  const site = await withSettings(t, settings)
  await assertAccepted(site, {})
  const { query } = onlyRequestTo(site, '/authorize')
  assert.deepEqual([query.get('scope'), query.get('prompt')], ['openid offline_access', 'consent'])
})

describe('A clock that is wrong', () => {
  for (const minutes of [10, -10]) {
    test(`JW-25 a clock that is wrong by ${minutes} minutes refuses every sign-in, and the log says why`, async t => {
      const op = await withOwnClock(t, () => Date.now() + minutes * MINUTE)
      const expired = Math.floor(Date.now() / 1000) + 5 * 60
      await assertIdTokenRefused(op, { claims: { exp: expired } })
      assert.match(op.app.logged(), /compare this machine's clock with the provider's/)
    })
  }

  /** The provider keeps the real time. */
  async function withOwnClock(t: TestContext, now: () => number): Promise<OidcApp> {
    const site = await startOidcApp({ op: await startFakeOidc(), overrides: { now } })
    t.after(() => site.stop())
    return site
  }
})

test('a custom OpenID provider is read by the dotted paths of the settings, and the subject stays that of the ID token', async t => {
  const site = await withSettings(t, {
    OP_NAME_FIELD: 'person.names.0',
    OP_LOGIN_FIELD: 'person.handle',
    OP_EMAIL_FIELD: 'mails.0.address',
    OP_EMAIL_VERIFIED_FIELD: 'mails.0.confirmed',
    OP_PICTURE_FIELD: 'person.portrait',
  })
  const person = { names: ['Grace Hopper'], handle: 'grace', portrait: 'https://op.example/grace.png' }
  const mails = [{ address: 'grace@example.org', confirmed: true }]
  const { id, ...user } = await assertAccepted(site, { user: { ...ADA_AT_OP, person, mails } })
  assert.deepEqual(user, {
    ...{ name: 'Grace Hopper', login: 'grace', picture: 'https://op.example/grace.png', roles: [] },
    ...{ email: 'grace@example.org', email_verified: true },
  })
  const [identity] = await site.sql(`select subject from identities where user_id = '${id}'`)
  assert.deepEqual(identity, { subject: ADA_AT_OP.sub })
})

test('a dotted path leads through own members only', async t => {
  const site = await withSettings(t, { OP_LOGIN_FIELD: 'constructor.name', OP_NAME_FIELD: '__proto__.x' })
  const user = await assertAccepted(site)
  assert.deepEqual([user.login, user.name], [null, null])
})

test('endpoints of the settings win over those of the metadata', async t => {
  const site = await withSettings(t, ({ origin }) => ({
    OP_USER_URL: `${origin}/me`,
    OP_JWKS_URL: `${origin}/my-keys`,
  }))
  site.far.on('/me', json({ ...ADA_AT_OP, preferred_username: 'by-hand' }))
  site.far.on('/my-keys', json({ keys: [site.far.keys.rsa.jwk] }))
  assert.equal((await signIn(site)).login, 'by-hand')
  assert.equal(site.far.calls('/userinfo') + site.far.calls('/jwks'), 0)
})

test('the ID token alone names the user of a custom OpenID provider without a user endpoint', async t => {
  const site = await withSettings(t, {})
  site.far.override({ metadata: { userinfo_endpoint: undefined }, claims: { preferred_username: 'by-token' } })
  assert.equal((await signIn(site)).login, 'by-token')
  assert.equal(site.far.calls('/userinfo'), 0)
})

test('CF-05 the scope openid is requested with every SCOPE setting', async t => {
  const site = await withSettings(t, { OP_SCOPE: 'groups' })
  await assertAccepted(site)
  assert.deepEqual(onlyRequestTo(site, '/authorize').query.get('scope')?.split(' ').sort(), ['groups', 'openid'])
})

test('CF-09 an ID token must have the algorithm of the settings, with any metadata', async t => {
  const site = await withSettings(t, { OP_ID_TOKEN_ALG: 'ES256' })
  const metadata = { id_token_signing_alg_values_supported: ['RS256', 'none', 'HS256'] }
  await assertIdTokenRefused(site, { metadata })
  await assertAccepted(site, { metadata, signer: site.far.keys.ec })
})

test('NONCE=off sends no nonce, and an ID token with one is refused', async t => {
  const site = await withSettings(t, { OP_NONCE: 'off' })
  await signIn(site)
  assert.equal(onlyRequestTo(site, '/authorize').query.has('nonce'), false)
  await assertIdTokenRefused(site, { claims: { nonce: 'of another' } })
})

test('a provider whose metadata name client_secret_post alone gets the secret in the form', async t => {
  const site = await withSettings(t, {})
  site.far.override({ metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } })
  await signIn(site)
  const { form, headers } = onlyRequestTo(site, '/token')
  assert.deepEqual([form.get('client_secret'), headers.authorization], ['secret-at-op', undefined])
})

test('the setting client_secret_basic wins over metadata that name client_secret_post', async t => {
  const site = await withSettings(t, { OP_TOKEN_ENDPOINT_AUTH_METHOD: 'client_secret_basic' })
  await assertAccepted(site, { metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } })
  assert.match(onlyRequestTo(site, '/token').headers.authorization ?? '', /^Basic /)
})

test('a guarded page does not redirect straight to a default provider whose metadata have to be fetched', async t => {
  const site = await withSettings(t, {})
  const page = await site.newVisitor().open('/profile')
  assert.equal(page.location, `${site.app.origin}/login/op?return_to=%2Fprofile`)
  assert.equal(site.far.calls(DISCOVERY), 0)
})

test('a provider that stops between start and callback does not use up the attempt', async t => {
  const site = await withSettings(t, {})
  site.far.on('/token', (_, response) => void response.destroy())
  const { page, visitor } = await assertRefusedWith(site, 'provider_unreachable')
  assertRefused(await visitor.open(page.url), 400, 'attempt_used')
  assert.equal(site.far.calls('/token'), 1)
  site.far.reset()
  assert.equal((await visitor.follow('/')).status, 200)
})
