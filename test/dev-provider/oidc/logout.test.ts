import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { type Changes, encode } from '../setup.js'
import { openApp, signOut } from './logout-app.js'
import { claimsOf, PUBLIC_RP, RP, SIGNED_OUT, setUpOidc } from './setup.js'

test('signing out leads back to the registered address with the state, and ends the refresh tokens', async t => {
  const provider = await setUpOidc(t)
  const { id_token, refresh_token } = await provider.signIn()
  const asked = { id_token_hint: String(id_token), post_logout_redirect_uri: SIGNED_OUT, state: 'a b' }
  const response = await signOut(provider, asked)
  assert.deepEqual([response.status, response.headers.get('location')], [303, `${SIGNED_OUT}?state=a+b`])
  assert.equal((await provider.refresh(refresh_token)).body.error, 'invalid_grant')
})

test('nothing changes before the user confirms the sign-out', async t => {
  const { open, refresh, signIn } = await setUpOidc(t)
  const { id_token, refresh_token } = await signIn()
  await open(`/oidc/logout?${encode({ id_token_hint: String(id_token) })}`)
  assert.equal((await refresh(refresh_token)).status, 200)
})

test('without a state none comes back, and without an address there is a page', async t => {
  const provider = await setUpOidc(t)
  const id_token_hint = String((await provider.signIn()).id_token)
  const back = await signOut(provider, { id_token_hint, post_logout_redirect_uri: SIGNED_OUT })
  assert.equal(back.headers.get('location'), SIGNED_OUT)
  const page = await signOut(provider, { id_token_hint })
  assert.deepEqual([page.status, page.headers.get('location')], [200, null])
})

test('an ID token that has expired is still a hint, and a form may ask too', async t => {
  const { clock, post, signIn } = await setUpOidc(t)
  const { id_token } = await signIn()
  clock.now += 24 * 3_600_000
  const page = await post('/oidc/logout', { id_token_hint: String(id_token) })
  assert.equal(page.status, 200)
  assert.match(await page.text(), /You signed in as ada\./)
})

test('without a hint the client_id alone says whose address it is', async t => {
  const provider = await setUpOidc(t)
  const response = await signOut(provider, { client_id: RP.clientId, post_logout_redirect_uri: SIGNED_OUT })
  assert.equal(response.headers.get('location'), SIGNED_OUT)
})

const REFUSED: Record<string, (idToken: string) => Changes> = {
  'a hint that was never issued': () => ({
    id_token_hint: 'e30.e30.',
    client_id: RP.clientId,
    post_logout_redirect_uri: SIGNED_OUT,
  }),
  'a hint of another app': id_token_hint => ({ id_token_hint, client_id: PUBLIC_RP.clientId }),
  'an address that is not registered': id_token_hint => ({
    id_token_hint,
    post_logout_redirect_uri: `${SIGNED_OUT}/`,
  }),
  'an address that is nobody’s': () => ({ post_logout_redirect_uri: SIGNED_OUT }),
}

for (const [what, fieldsFor] of Object.entries(REFUSED)) {
  test(`${what} leads nowhere, on the page and after it`, async t => {
    const { open, post, refresh, signIn } = await setUpOidc(t)
    const { id_token, refresh_token } = await signIn()
    const fields = fieldsFor(String(id_token))
    for (const response of [await open(`/oidc/logout?${encode(fields)}`), await post('/oidc/logout/confirm', fields)]) {
      assert.deepEqual([response.status, response.headers.get('location')], [400, null])
    }
    assert.equal((await refresh(refresh_token)).status, 200)
  })
}

test('a sign-out sends the app a logout token that a certified library accepts', async t => {
  const { received, options } = await openApp(t, 200)
  const provider = await setUpOidc(t, options)
  const { id_token } = await provider.signIn()
  await signOut(provider, { id_token_hint: String(id_token) })
  assert.equal(received.length, 1)
  const token = received[0]?.form.get('logout_token') ?? ''
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${provider.issuer}/jwks`)), {
    ...{ issuer: provider.issuer, audience: RP.clientId, typ: 'logout+jwt', algorithms: ['RS256'] },
    ...{ requiredClaims: ['iat', 'exp', 'jti'], currentDate: new Date(provider.clock.now) },
  })
  const { sub, sid } = claimsOf(id_token)
  assert.deepEqual([payload.sub, payload.sid, payload.nonce], [sub, sid, undefined])
  assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
  assert.equal(Number(payload.exp) - Number(payload.iat), 120)
})

test('an app that does not respond to a logout token does not prevent the sign-out, and the log says so', async t => {
  const { options } = await openApp(t, 400)
  const provider = await setUpOidc(t, options)
  const logged: unknown[] = []
  provider.app.on('error', error => logged.push(String(error)))
  const id_token_hint = String((await provider.signIn()).id_token)
  const response = await signOut(provider, { id_token_hint, post_logout_redirect_uri: SIGNED_OUT })
  assert.equal(response.headers.get('location'), SIGNED_OUT)
  assert.deepEqual(logged, ['Error: Back-channel logout: the app responded with 400'])
})
