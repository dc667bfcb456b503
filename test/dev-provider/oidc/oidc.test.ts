import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { APP, basic, type Changes, encode, hiddenFields, sentTo, VERIFIER } from '../setup.js'
import { claimsOf, type JsonBody, OIDC_CALLBACK, OIDC_REQUEST, PUBLIC_RP, RP, setUpOidc } from './setup.js'

test('the metadata is the same in both places, and its issuer is the one the path is made of', async t => {
  const { base, issuer, json, open } = await setUpOidc(t)
  const metadata = await json('/oidc/.well-known/openid-configuration')
  assert.deepEqual(await json('/.well-known/oauth-authorization-server/oidc'), metadata)
  assert.equal(metadata.issuer, issuer)
  assert.equal(issuer, `${base}/oidc`)
  for (const name of [
    'authorization_endpoint',
    'token_endpoint',
    'userinfo_endpoint',
    'jwks_uri',
    'end_session_endpoint',
  ]) {
    const url = String(metadata[name])
    assert.ok(url.startsWith(`${issuer}/`), name)
    assert.notEqual((await open(url.slice(base.length))).status, 404, name)
  }
  assert.equal(metadata.authorization_response_iss_parameter_supported, true)
  assert.deepEqual(metadata.response_modes_supported, ['query', 'form_post'])
})

test('a sign-in brings an ID token that a certified library accepts, of five minutes', async t => {
  const { clock, issuer, signIn, verify } = await setUpOidc(t)
  const body = await signIn()
  const { iat = 0, sid, at_hash, ...claims } = await verify(body.id_token)
  const seconds = clock.now / 1000
  assert.deepEqual(claims, {
    ...{ iss: issuer, sub: '1815', aud: RP.clientId, exp: iat + 300, auth_time: seconds, nonce: OIDC_REQUEST.nonce },
    ...{ name: 'Ada Lovelace', preferred_username: 'ada', email: 'ada@example.org', email_verified: true },
  })
  assert.equal(iat, seconds)
  assert.match(String(sid), /^[\w-]{43}$/)
  const hash = createHash('sha256').update(String(body.access_token)).digest()
  assert.equal(at_hash, hash.subarray(0, 16).toString('base64url'))
  assert.deepEqual([body.token_type, body.expires_in, body.scope], ['Bearer', 3600, 'openid profile email'])
})

test('userinfo says of the person what the ID token says', async t => {
  const { signIn, userinfo } = await setUpOidc(t)
  for (const person of ['ada', 'grace', 'turing', 'k']) {
    const { access_token, id_token } = await signIn({ person })
    const info = (await (await userinfo(access_token)).json()) as JsonBody
    const claims = claimsOf(id_token)
    for (const [name, value] of Object.entries(info)) assert.equal(claims[name], value, name)
    assert.ok(info.sub && info.preferred_username === person)
  }
})

test('a subject beyond 2^53 is exact, no name is none, and an address that nobody verified says so', async t => {
  const { signIn } = await setUpOidc(t)
  const of = async (person: string) => claimsOf((await signIn({ person })).id_token)
  assert.equal((await of('k')).sub, '9007199254740993')
  assert.equal('name' in (await of('grace')), false)
  assert.equal((await of('grace')).email, 'grace@example.org')
  assert.equal((await of('turing')).email_verified, false)
})

test('what the scope leaves out is left out', async t => {
  const { signIn, userinfo } = await setUpOidc(t)
  const { access_token } = await signIn({ person: 'ada' }, { scope: 'openid' })
  assert.deepEqual(await (await userinfo(access_token)).json(), { sub: '1815' })
})

test('userinfo without a token of ours is 401, and after an hour with one', async t => {
  const { clock, open, signIn, userinfo } = await setUpOidc(t)
  const { access_token } = await signIn()
  assert.equal((await open(`/oidc/userinfo?access_token=${access_token}`)).status, 401)
  assert.equal((await userinfo('dev_unknown')).status, 401)
  clock.now += 3_599_999
  assert.equal((await userinfo(access_token)).status, 200)
  clock.now += 1
  assert.equal((await userinfo(access_token)).status, 401)
})

test('acr is the first of the values asked for, and max_age and prompt=login are fine', async t => {
  const { signIn } = await setUpOidc(t)
  const asked = { acr_values: 'urn:strong urn:weak', max_age: '0', prompt: 'login consent' }
  const { acr, auth_time } = claimsOf((await signIn({ person: 'ada' }, asked)).id_token)
  assert.equal(acr, 'urn:strong')
  assert.equal(typeof auth_time, 'number')
})

test('the answer carries code, state and the issuer', async t => {
  const { choose, issuer } = await setUpOidc(t)
  const response = sentTo(await choose({ person: 'ada' }), OIDC_CALLBACK)
  assert.deepEqual([...response.keys()], ['code', 'state', 'iss'])
  assert.deepEqual([response.get('state'), response.get('iss')], [OIDC_REQUEST.state, issuer])
})

test('with response_mode=form_post the answer is a form for the app, and nothing stands in an address', async t => {
  const { choose, redeem, issuer } = await setUpOidc(t)
  const page = await choose({ person: 'ada' }, { response_mode: 'form_post' })
  assert.deepEqual([page.status, page.headers.get('location')], [200, null])
  const html = await page.text()
  assert.ok(html.includes(`<form method="post" action="${OIDC_CALLBACK}">`))
  const { code = '', ...rest } = hiddenFields(html)
  assert.deepEqual(rest, { state: OIDC_REQUEST.state, iss: issuer })
  assert.equal((await redeem(code)).status, 200)
})

test('with response_mode=form_post an error is a form too', async t => {
  const { authorize, issuer } = await setUpOidc(t)
  const page = await authorize({ response_mode: 'form_post', prompt: 'none', max_age: '0' })
  const { error_description: _, ...response } = hiddenFields(await page.text())
  assert.deepEqual(response, { error: 'login_required', state: OIDC_REQUEST.state, iss: issuer })
})

const MISTAKES: Record<string, [Changes, error: string]> = {
  'no scope openid': [{ scope: 'profile' }, 'invalid_scope'],
  'response_type id_token': [{ response_type: 'id_token' }, 'unsupported_response_type'],
  'response_mode fragment': [{ response_mode: 'fragment' }, 'invalid_request'],
  'prompt none with another': [{ prompt: 'none login' }, 'invalid_request'],
  'prompt none': [{ prompt: 'none' }, 'login_required'],
  'max_age of no number': [{ max_age: '-1' }, 'invalid_request'],
  'a request object': [{ request: 'e30.e30.' }, 'request_not_supported'],
  'a request_uri': [{ request_uri: 'https://app.example/r' }, 'request_uri_not_supported'],
  'PKCE plain': [{ code_challenge_method: 'plain' }, 'invalid_request'],
  'a method without a challenge': [{ code_challenge: undefined }, 'invalid_request'],
  'no PKCE from a client without a secret': [
    { client_id: PUBLIC_RP.clientId, code_challenge: undefined, code_challenge_method: undefined },
    'invalid_request',
  ],
}

for (const [what, [changes, error]] of Object.entries(MISTAKES)) {
  test(`the app is told of ${what}, on the page and after it, and by whom`, async t => {
    const { authorize, post, issuer } = await setUpOidc(t)
    const late = await post('/oidc/authorize', { ...OIDC_REQUEST, ...changes, person: 'ada' })
    for (const response of [await authorize(changes), late]) {
      const received = sentTo(response, OIDC_CALLBACK)
      assert.deepEqual([received.get('error'), received.get('iss'), received.get('code')], [error, issuer, null])
    }
  })
}

for (const redirect_uri of [
  undefined,
  `${APP}/`,
  `${OIDC_CALLBACK}/`,
  `${OIDC_CALLBACK}?x=1`,
  'http://evil.example/',
]) {
  test(`the redirect_uri ${redirect_uri} is not the registered one and leads nowhere`, async t => {
    const { authorize, post } = await setUpOidc(t)
    const late = await post('/oidc/authorize', { ...OIDC_REQUEST, redirect_uri, person: 'ada' })
    for (const response of [await authorize({ redirect_uri }), late]) {
      assert.deepEqual([response.status, response.headers.get('location')], [400, null])
    }
  })
}

test('a client of another protocol is not known to the OpenID Connect server', async t => {
  const { authorize } = await setUpOidc(t, { clients: [{ ...RP, protocol: 'oauth2' }] })
  assert.equal((await authorize()).status, 400)
})

test('the client proves itself by Basic or in the body, and one without a secret by its id', async t => {
  const { codeFor, redeem } = await setUpOidc(t)
  const body = { client_id: RP.clientId, client_secret: RP.clientSecret }
  assert.equal((await redeem(await codeFor({ person: 'ada' }), body, {})).status, 200)
  const code = await codeFor({ person: 'ada' }, { client_id: PUBLIC_RP.clientId })
  assert.equal((await redeem(code, { client_id: PUBLIC_RP.clientId }, {})).status, 200)
})

test('a client that cannot prove itself gets 401 invalid_client, and the code stays unspent', async t => {
  const { codeFor, redeem } = await setUpOidc(t)
  const code = await codeFor({ person: 'ada' })
  const { status, headers, body } = await redeem(code, {}, { authorization: basic(RP.clientId, 'wrong') })
  assert.deepEqual([status, body.error], [401, 'invalid_client'])
  assert.match(headers.get('www-authenticate') ?? '', /^Basic /)
  assert.equal((await redeem(code)).status, 200)
})

const REFUSED: Record<string, [Changes, error: string]> = {
  'another redirect_uri': [{ redirect_uri: `${OIDC_CALLBACK}/` }, 'invalid_grant'],
  'another verifier': [{ code_verifier: 'b'.repeat(43) }, 'invalid_grant'],
  'no verifier': [{ code_verifier: undefined }, 'invalid_grant'],
  'no code': [{ code: undefined }, 'invalid_grant'],
  'another grant_type': [{ grant_type: 'password' }, 'unsupported_grant_type'],
}

for (const [what, [changes, error]] of Object.entries(REFUSED)) {
  test(`${what} is refused with 400 ${error}`, async t => {
    const { codeFor, redeem } = await setUpOidc(t)
    const { status, body } = await redeem(await codeFor({ person: 'ada' }), changes)
    assert.deepEqual([status, body.error, body.id_token], [400, error, undefined])
  })
}

test('a client with a secret may do without PKCE, but then a verifier is refused', async t => {
  const { codeFor, redeem } = await setUpOidc(t)
  const without = { code_challenge: undefined, code_challenge_method: undefined }
  const code = await codeFor({ person: 'ada' }, without)
  assert.equal((await redeem(code, { code_verifier: VERIFIER })).body.error, 'invalid_grant')
  const another = await codeFor({ person: 'ada' }, without)
  assert.equal((await redeem(another, { code_verifier: undefined })).status, 200)
})

test('a parameter that comes twice is refused', async t => {
  const { open } = await setUpOidc(t)
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const body = `${encode({ client_id: RP.clientId, client_secret: RP.clientSecret })}&code=a&code=b`
  const response = await open('/oidc/token', { method: 'POST', headers, body })
  assert.equal(((await response.json()) as JsonBody).error, 'invalid_request')
})

test('a code spent twice is worth nothing, nor is anything that came of it', async t => {
  const { codeFor, redeem, refresh, userinfo } = await setUpOidc(t)
  const code = await codeFor({ person: 'ada' })
  const { body } = await redeem(code)
  assert.equal((await redeem(code)).body.error, 'invalid_grant')
  assert.equal((await userinfo(body.access_token)).status, 401)
  assert.equal((await refresh(body.refresh_token)).body.error, 'invalid_grant')
})

test('a refresh brings new tokens of the same sign-in, and no nonce', async t => {
  const { clock, refresh, signIn, userinfo } = await setUpOidc(t)
  const first = await signIn()
  clock.now += 600_000
  const { status, body } = await refresh(first.refresh_token)
  assert.equal(status, 200)
  for (const name of ['access_token', 'refresh_token', 'id_token']) assert.notEqual(body[name], first[name], name)
  assert.equal((await userinfo(body.access_token)).status, 200)
  const [before, after] = [claimsOf(first.id_token), claimsOf(body.id_token)]
  for (const name of ['iss', 'sub', 'aud', 'sid', 'auth_time']) assert.equal(after[name], before[name], name)
  assert.deepEqual([after.nonce, after.iat], [undefined, Number(before.iat) + 600])
})

test('a refresh token works once, and using it again ends those that came after it', async t => {
  const { refresh, signIn } = await setUpOidc(t)
  const { refresh_token } = await signIn()
  const { body } = await refresh(refresh_token)
  assert.equal((await refresh(refresh_token)).body.error, 'invalid_grant')
  assert.equal((await refresh(body.refresh_token)).body.error, 'invalid_grant')
})

test('a refresh token of another client or a wider scope is refused, and stays unspent', async t => {
  const { ask, refresh, signIn } = await setUpOidc(t)
  const { refresh_token } = await signIn({ person: 'ada' }, { scope: 'openid' })
  const stolen = { grant_type: 'refresh_token', refresh_token: String(refresh_token), client_id: PUBLIC_RP.clientId }
  assert.equal((await ask(stolen, {})).body.error, 'invalid_grant')
  assert.equal((await refresh(refresh_token, { scope: 'openid email' })).body.error, 'invalid_scope')
  assert.equal((await refresh(refresh_token, { scope: 'openid' })).status, 200)
})

test('three keys are published: two that sign, of which the newer one does, and one for encryption', async t => {
  const { json, signIn } = await setUpOidc(t)
  const { keys } = (await json('/oidc/jwks')) as { keys: JsonBody[] }
  assert.deepEqual(
    keys.map(({ kty, use, alg }) => [kty, use, alg]),
    [
      ['RSA', 'sig', 'RS256'],
      ['RSA', 'sig', 'RS256'],
      ['RSA', 'enc', 'RSA-OAEP-256'],
    ],
  )
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, 3)
  for (const key of keys) assert.deepEqual(Object.keys(key).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
  const { id_token } = await signIn()
  assert.deepEqual(decodeProtectedHeader(String(id_token)), { alg: 'RS256', kid: keys[0]?.kid, typ: 'JWT' })
})

test('each hour another key takes over, and the one before stays published', async t => {
  const { clock, json, signIn, verify } = await setUpOidc(t)
  const kids = async () => ((await json('/oidc/jwks')) as { keys: JsonBody[] }).keys.map(({ kid }) => kid)
  const [first, , encryption] = await kids()
  const { id_token } = await signIn()
  clock.now += 3_600_000
  const [second, ...others] = await kids()
  assert.deepEqual(others, [first, encryption])
  assert.notEqual(second, first)
  clock.now -= 3_600_000
  await verify(id_token)
  assert.equal(decodeProtectedHeader(String((await signIn()).id_token)).kid, second)
})
