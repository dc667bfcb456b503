import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { decodeProtectedHeader, type JWTPayload } from 'jose'
import { sentTo } from '../setup.js'
import { claimsOf, codeRequest, type JsonBody, OIDC_CALLBACK, OIDC_REQUEST, RP, setUpOidc } from './setup.js'

test('"denied" goes back with access_denied, state and issuer, and no code', async t => {
  const { choose, issuer } = await setUpOidc(t)
  const response = sentTo(await choose({ person: 'ada', fault: 'denied' }), OIDC_CALLBACK)
  assert.deepEqual([response.get('error'), response.get('code')], ['access_denied', null])
  assert.deepEqual([response.get('state'), response.get('iss')], [OIDC_REQUEST.state, issuer])
})

for (const fault of ['wrong_iss_in_answer', 'missing_iss_in_answer']) {
  test(`"${fault}" brings a good code and state from nobody we know`, async t => {
    const { choose, issuer, redeem } = await setUpOidc(t)
    const response = sentTo(await choose({ person: 'ada', fault }), OIDC_CALLBACK)
    assert.equal(response.get('iss'), fault === 'wrong_iss_in_answer' ? `${issuer}1` : null)
    assert.equal(response.get('state'), OIDC_REQUEST.state)
    assert.equal((await redeem(response.get('code') ?? '')).status, 200)
  })
}

/** What the claims of a fault are, seconds counted from now. */
const CLAIMS: Record<string, (right: JWTPayload, now: number) => JWTPayload> = {
  wrong_nonce: right => ({ ...right, nonce: `${right.nonce}1` }),
  wrong_issuer: right => ({ ...right, iss: `${right.iss}1` }),
  wrong_audience: right => ({ ...right, aud: `${right.aud}1` }),
  expired_id_token: (right, now) => ({ ...right, exp: now - 360 }),
  old_iat: (right, now) => ({ ...right, iat: now - 7 * 86_400 }),
  missing_sub: ({ sub: _, ...right }) => right,
}

for (const [fault, spoil] of Object.entries(CLAIMS)) {
  test(`"${fault}" is one claim that is wrong, under a good signature`, async t => {
    const { clock, signIn, verify } = await setUpOidc(t)
    const right = claimsOf((await signIn()).id_token)
    const { id_token } = await signIn({ person: 'ada', fault })
    const found = claimsOf(id_token)
    const { sid: _, at_hash: __, ...wanted } = spoil(right, clock.now / 1000)
    const { sid, at_hash, ...rest } = found
    assert.ok(sid && at_hash)
    assert.deepEqual(rest, wanted)
    await assert.rejects(verify(id_token), error => !String(error).includes('signature'))
  })
}

test('"bad_signature" is the good token with a signature that nobody made', async t => {
  const { json, signIn, verify } = await setUpOidc(t)
  const { id_token } = await signIn({ person: 'ada', fault: 'bad_signature' })
  const { keys } = (await json('/oidc/jwks')) as { keys: JsonBody[] }
  assert.equal(decodeProtectedHeader(String(id_token)).kid, keys[0]?.kid)
  assert.equal(Buffer.from(String(id_token).split('.')[2] ?? '', 'base64url').length, 256)
  await assert.rejects(verify(id_token), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
})

test('"alg_none" is not signed at all', async t => {
  const { signIn } = await setUpOidc(t)
  const token = String((await signIn({ person: 'ada', fault: 'alg_none' })).id_token)
  assert.equal(decodeProtectedHeader(token).alg, 'none')
  assert.match(token, /^[\w-]+\.[\w-]+\.$/)
  assert.equal(claimsOf(token).nonce, OIDC_REQUEST.nonce)
})

test('"hs256_with_secret" is signed with what the app knows itself', async t => {
  const { signIn } = await setUpOidc(t)
  const token = String((await signIn({ person: 'ada', fault: 'hs256_with_secret' })).id_token)
  const [header, claims, signature] = token.split('.')
  assert.equal(decodeProtectedHeader(token).alg, 'HS256')
  assert.equal(signature, createHmac('sha256', RP.clientSecret).update(`${header}.${claims}`).digest('base64url'))
})

test('"unknown_kid" signs with a key that was made just now, and publishes it', async t => {
  const { json, signIn, verify } = await setUpOidc(t)
  const before = (await json('/oidc/jwks')) as { keys: JsonBody[] }
  const { id_token } = await signIn({ person: 'ada', fault: 'unknown_kid' })
  const { kid } = decodeProtectedHeader(String(id_token))
  assert.ok(!before.keys.some(key => key.kid === kid))
  const after = (await json('/oidc/jwks')) as { keys: JsonBody[] }
  assert.equal(after.keys.filter(key => before.keys.some(old => old.kid === key.kid && key.use === 'sig')).length, 0)
  await verify(id_token)
})

test('"jwks_down" signs with a new key and breaks whoever asks for it, until the next sign-in', async t => {
  const { json, open, signIn, verify } = await setUpOidc(t)
  const before = await json('/oidc/jwks')
  const { id_token } = await signIn({ person: 'ada', fault: 'jwks_down' })
  const asked = open('/oidc/jwks')
  await assert.rejects(asked, (error: Error) => /ECONNRESET/.test(String(Object(error.cause).code)))
  await verify((await signIn()).id_token)
  assert.deepEqual(await json('/oidc/jwks'), before)
  await assert.rejects(verify(id_token), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

test('"no_id_token" brings everything else', async t => {
  const { signIn } = await setUpOidc(t)
  const body = await signIn({ person: 'ada', fault: 'no_id_token' })
  assert.deepEqual(Object.keys(body), ['access_token', 'token_type', 'expires_in', 'scope', 'refresh_token'])
})

test('"other_users_userinfo" has a good ID token, and tells of somebody else afterwards', async t => {
  const { signIn, userinfo, verify } = await setUpOidc(t)
  for (const person of ['ada', 'k']) {
    const { access_token, id_token } = await signIn({ person, fault: 'other_users_userinfo' })
    const info = (await (await userinfo(access_token)).json()) as JsonBody
    assert.ok(info.sub)
    assert.notEqual(info.sub, (await verify(id_token)).sub)
  }
})

test('"token_500" answers a right request with 500', async t => {
  const { codeFor, redeem } = await setUpOidc(t)
  const { status, body } = await redeem(await codeFor({ person: 'ada', fault: 'token_500' }))
  assert.deepEqual([status, body], [500, { error: 'server_error' }])
})

test('"token_slow" answers rightly, three seconds late', async t => {
  const waited: number[] = []
  const { signIn, verify } = await setUpOidc(t, { pause: async ms => void waited.push(ms) })
  await verify((await signIn({ person: 'ada', fault: 'token_slow' })).id_token)
  assert.deepEqual(waited, [3000])
})

test('a fault changes only the sign-in that it was chosen for', async t => {
  const { ask, choose, codeFor, signIn, verify } = await setUpOidc(t)
  const spoilt = await codeFor({ person: 'ada', fault: 'alg_none' })
  await choose({ person: 'ada', fault: 'denied' })
  await verify((await signIn()).id_token)
  assert.equal((await ask(codeRequest(spoilt))).status, 200)
})
