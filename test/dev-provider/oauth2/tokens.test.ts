import assert from 'node:assert/strict'
import { test } from 'node:test'
import { basic, CALLBACK, type Changes, CONFIDENTIAL, PUBLIC, setUp, tokenRequest } from '../setup.js'

const UNAUTHENTICATED = { client_id: undefined, client_secret: undefined }
const RIGHT = basic(CONFIDENTIAL.clientId, CONFIDENTIAL.clientSecret)

test('a code is exchanged for a token, as JSON where the request accepts JSON, with the scopes joined by commas', async t => {
  const { codeFor, exchange } = await setUp(t)
  const response = await exchange(await codeFor({ person: 'ada' }))
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const { access_token, ...rest } = (await response.json()) as Record<string, string>
  assert.match(access_token ?? '', /^dev_[\w-]{43}$/)
  assert.deepEqual(rest, { token_type: 'bearer', scope: 'read:user,user:email' })
})

test('the token response is a form unless Accept names JSON, errors too', async t => {
  const { codeFor, exchange } = await setUp(t)
  const code = await codeFor({ person: 'ada' })
  for (const [accept, field] of [
    ['*/*', 'access_token'],
    ['text/html, application/*', 'error'],
  ] as const) {
    const response = await exchange(code, {}, { accept })
    assert.match(response.headers.get('content-type') ?? '', /^application\/x-www-form-urlencoded/)
    assert.ok(new URLSearchParams(await response.text()).get(field))
  }
})

test('a confidential client may authenticate by Basic, with id and secret form-encoded', async t => {
  const { codeFor, exchanged } = await setUp(t)
  for (const client_id of [undefined, CONFIDENTIAL.clientId]) {
    const changes = { ...UNAUTHENTICATED, client_id }
    assert.ok((await exchanged(await codeFor({ person: 'ada' }), changes, { authorization: RIGHT })).access_token)
  }
})

test('a public client sends its id only', async t => {
  const { codeFor, exchanged } = await setUp(t)
  const code = await codeFor({ person: 'ada' }, { client_id: PUBLIC.clientId })
  assert.ok((await exchanged(code, { client_id: PUBLIC.clientId, client_secret: undefined })).access_token)
})

const IMPOSTORS: Record<string, [Changes, authorization?: string]> = {
  'a wrong secret in the body': [{ client_secret: 'wrong' }],
  'no secret': [{ client_secret: undefined }],
  'no client at all': [UNAUTHENTICATED],
  'an unknown client': [{ client_id: 'nobody' }],
  'a secret where there is none': [{ client_id: PUBLIC.clientId, client_secret: 'x' }],
  'Basic where there is no secret': [UNAUTHENTICATED, basic(PUBLIC.clientId, '')],
  'a wrong secret in Basic': [UNAUTHENTICATED, basic(CONFIDENTIAL.clientId, 'wrong')],
  'a secret by Basic and in the body': [{}, RIGHT],
  'Basic and another client_id in the body': [{ client_id: PUBLIC.clientId, client_secret: undefined }, RIGHT],
  'a secret that is not form-encoded': [
    UNAUTHENTICATED,
    `Basic ${Buffer.from(`${CONFIDENTIAL.clientId}:${CONFIDENTIAL.clientSecret}`).toString('base64')}`,
  ],
  'Basic that is no base64': [UNAUTHENTICATED, 'Basic !!!'],
  'another scheme': [{}, 'Bearer abc'],
}

for (const [what, [changes, authorization]] of Object.entries(IMPOSTORS)) {
  test(`${what}: incorrect_client_credentials, and the code stays unspent`, async t => {
    const { codeFor, exchanged } = await setUp(t)
    const code = await codeFor({ person: 'ada' })
    const { error } = await exchanged(code, changes, authorization ? { authorization } : {})
    assert.equal(error, 'incorrect_client_credentials')
    assert.ok((await exchanged(code)).access_token)
  })
}

const WRONG: Record<string, [Changes, error: string]> = {
  'another redirect_uri': [{ redirect_uri: `${CALLBACK}?x=1` }, 'redirect_uri_mismatch'],
  'no redirect_uri': [{ redirect_uri: undefined }, 'redirect_uri_mismatch'],
  'another verifier': [{ code_verifier: 'b'.repeat(43) }, 'bad_verification_code'],
  'no verifier': [{ code_verifier: undefined }, 'bad_verification_code'],
  'an unknown code': [{ code: 'unknown' }, 'bad_verification_code'],
  'no code': [{ code: undefined }, 'bad_verification_code'],
  'another grant': [{ grant_type: 'password' }, 'unsupported_grant_type'],
  'no grant_type': [{ grant_type: undefined }, 'unsupported_grant_type'],
}

for (const [what, [changes, error]] of Object.entries(WRONG)) {
  test(`${what}: ${error} inside a 200, as GitHub does, and no token`, async t => {
    const { codeFor, exchanged } = await setUp(t)
    const response = await exchanged(await codeFor({ person: 'ada' }), changes)
    assert.equal(response.error, error)
    assert.ok(response.error_description)
    assert.equal(response.access_token, undefined)
  })
}

test('a code tried with a wrong verifier is spent', async t => {
  const { codeFor, exchanged } = await setUp(t)
  const code = await codeFor({ person: 'ada' })
  await exchanged(code, { code_verifier: 'b'.repeat(43) })
  assert.equal((await exchanged(code)).error, 'bad_verification_code')
})

test('a verifier too short for RFC 7636 is refused even if it fits', async t => {
  const { codeFor, exchanged } = await setUp(t)
  const challenge = 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0' // SHA-256 of "abc"
  const code = await codeFor({ person: 'ada' }, { code_challenge: challenge })
  assert.equal((await exchanged(code, { code_verifier: 'abc' })).error, 'bad_verification_code')
})

test('a code works once; the second use also revokes the token of the first', async t => {
  const { codeFor, exchanged, api } = await setUp(t)
  const code = await codeFor({ person: 'ada' })
  const { access_token } = await exchanged(code)
  assert.ok(access_token)
  assert.equal((await api('/user', access_token)).status, 200)
  assert.equal((await exchanged(code)).error, 'bad_verification_code')
  assert.equal((await api('/user', access_token)).status, 401)
})

test('a code is valid for 60 seconds', async t => {
  const { clock, codeFor, exchanged } = await setUp(t)
  const inTime = await codeFor({ person: 'ada' })
  const late = await codeFor({ person: 'ada' })
  clock.now += 59_999
  assert.ok((await exchanged(inTime)).access_token)
  clock.now += 1
  assert.equal((await exchanged(late)).error, 'bad_verification_code')
})

test('a code of one client is refused for another, and stays unspent', async t => {
  const { codeFor, exchanged } = await setUp(t)
  const code = await codeFor({ person: 'ada' })
  const stranger = { client_id: PUBLIC.clientId, client_secret: undefined }
  assert.equal((await exchanged(code, stranger)).error, 'bad_verification_code')
  assert.ok((await exchanged(code)).access_token)
})

test('"token_error" issues a code and responds to its exchange with an error inside a 200', async t => {
  const { codeFor, exchanged } = await setUp(t)
  const response = await exchanged(await codeFor({ person: 'ada', fault: 'token_error' }))
  assert.equal(response.error, 'bad_verification_code')
  assert.ok(response.error_description)
  assert.equal(response.access_token, undefined)
})

test('a parameter that comes twice is refused', async t => {
  const { codeFor, open } = await setUp(t)
  const fields = new URLSearchParams(tokenRequest(await codeFor({ person: 'ada' })) as Record<string, string>)
  const body = `${fields}&code_verifier=x`
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const response = await open('/login/oauth/access_token', { method: 'POST', body, headers })
  assert.equal(((await response.json()) as { error: string }).error, 'invalid_request')
})

test('the token endpoint takes forms by POST only, of 64 kB at most', async t => {
  const { open, post } = await setUp(t)
  const path = '/login/oauth/access_token'
  const accept = 'application/json'
  const json = { method: 'POST', body: '{}', headers: { 'content-type': accept, accept } }
  const refused = await open(path, json)
  assert.equal(refused.status, 415)
  assert.match(refused.headers.get('content-type') ?? '', /json/)
  assert.equal((await post(path, { x: 'x'.repeat(64 * 1024) }, { accept })).status, 413)
  assert.equal((await open(path)).status, 405)
})
