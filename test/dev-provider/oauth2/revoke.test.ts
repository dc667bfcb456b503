import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PUBLIC_RP, RP, setUpOidc } from '../oidc/setup.js'
import { basic, CONFIDENTIAL, PUBLIC, setUp } from '../setup.js'

const PROOF = { client_id: CONFIDENTIAL.clientId, client_secret: CONFIDENTIAL.clientSecret }
const HEADER = { authorization: basic(RP.clientId, RP.clientSecret) }

test('a revoked token is refused, and another token of the same user is not', async t => {
  const { api, post, tokenFor } = await setUp(t)
  const [token, other] = [await tokenFor({ person: 'ada' }), await tokenFor({ person: 'ada' })]
  const response = await post('/login/oauth/revoke', { ...PROOF, token, token_type_hint: 'refresh_token' })
  assert.deepEqual([response.status, await response.text()], [200, ''])
  assert.equal((await api('/user', token)).status, 401)
  assert.equal((await api('/user', other)).status, 200)
})

test('revoking an unknown token is not an error', async t => {
  const { post, tokenFor } = await setUp(t)
  const token = await tokenFor({ person: 'ada' })
  for (let times = 0; times < 2; times++) {
    assert.equal((await post('/login/oauth/revoke', { ...PROOF, token })).status, 200)
  }
})

test('a client cannot revoke the token of another client, and has to name one', async t => {
  const { api, post, tokenFor } = await setUp(t)
  const token = await tokenFor({ person: 'ada' })
  const statusOf = async (fields: Record<string, string>) => (await post('/login/oauth/revoke', fields)).status
  assert.equal(await statusOf({ token }), 401)
  assert.equal(await statusOf({ ...PROOF, client_secret: 'another', token }), 401)
  assert.equal(await statusOf({ client_id: PUBLIC.clientId, token }), 200)
  assert.equal(await statusOf(PROOF), 400)
  assert.equal((await api('/user', token)).status, 200)
})

test('OpenID Connect: the metadata say where, and an access token ends alone', async t => {
  const { issuer, json, post, refresh, signIn, userinfo } = await setUpOidc(t)
  assert.equal((await json('/oidc/.well-known/openid-configuration')).revocation_endpoint, `${issuer}/revoke`)
  const { access_token, refresh_token } = await signIn()
  assert.equal((await post('/oidc/revoke', { token: String(access_token) }, HEADER)).status, 200)
  assert.equal((await userinfo(access_token)).status, 401)
  assert.equal((await refresh(refresh_token)).status, 200)
})

test('OpenID Connect: with a refresh token the whole sign-in ends, and no other', async t => {
  const { post, refresh, signIn, userinfo } = await setUpOidc(t)
  const [mine, other] = [await signIn(), await signIn()]
  const token = String(mine.refresh_token)
  assert.equal((await post('/oidc/revoke', { token, client_id: PUBLIC_RP.clientId })).status, 200)
  assert.equal((await userinfo(mine.access_token)).status, 200)
  assert.equal((await post('/oidc/revoke', { token }, HEADER)).status, 200)
  assert.equal((await userinfo(mine.access_token)).status, 401)
  assert.equal((await refresh(mine.refresh_token)).body.error, 'invalid_grant')
  assert.equal((await userinfo(other.access_token)).status, 200)
})
