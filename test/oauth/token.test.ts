import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '../../src/oauth/errors.js'
import { exchangeCode, tokenRequest } from '../../src/oauth/token.js'
import { readTokenAnswer } from '../../src/oauth/token-answer.js'
import type { Answer, OutboundRequest } from '../../src/oauth/types.js'
import { aClient, anAnswer } from './samples.js'

const question = { code: 'the-code', codeVerifier: 'the-verifier', redirectUri: 'https://app.example/cb' }
const good = { access_token: 'gho_sesame', token_type: 'bearer' }
const read = (answer: Answer) => readTokenAnswer(answer, {})
const readWith = (fields: object) => read(anAnswer({ ...good, ...fields }))
const form = (body: string, status = 200) =>
  readTokenAnswer(anAnswer(body, { status, mediaType: 'application/x-www-form-urlencoded' }), {
    formEncodedAnswers: true,
  })

test('the token request carries the code, the stored redirect URI and the verifier', () => {
  const { method, url, headers, body } = tokenRequest(aClient(), question)
  assert.deepEqual([method, url], ['POST', 'https://provider.example/token'])
  assert.equal(headers.Accept, 'application/json')
  assert.equal(headers['Content-Type'], 'application/x-www-form-urlencoded')
  assert.match(headers.Authorization ?? '', /^Basic /)
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    grant_type: 'authorization_code',
    code: 'the-code',
    redirect_uri: 'https://app.example/cb',
    code_verifier: 'the-verifier',
  })
})

test('the verifier stays at home where PKCE is off', () => {
  const { body } = tokenRequest(aClient({ pkce: false }), question)
  assert.ok(!body?.includes('verifier'))
})

test('TOKEN_PARAMS add to the token request and replace nothing', () => {
  const evil = ['grant_type', 'code', 'code_verifier', 'client_id', 'client_secret', 'redirect_uri', 'refresh_token']
  const tokenParams = [...evil, 'client_assertion_type'].map(name => [name, 'evil'] as const)
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
    const client = aClient({ tokenEndpointAuthMethod, tokenParams: [...tokenParams, ['audience', 'api']] })
    const body = tokenRequest(client, question).body ?? ''
    assert.ok(!body.includes('evil'), body)
    assert.ok(body.endsWith('&audience=api'))
  }
})

test('TK-25 no secret, code or verifier stands in the URL', () => {
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
    assert.equal(tokenRequest(aClient({ tokenEndpointAuthMethod }), question).url, 'https://provider.example/token')
  }
})

test('a whole answer is read', () => {
  const answer = { refresh_token: 'ghr_more', expires_in: 28800, scope: 'read:user,user:email', extra: {} }
  assert.deepEqual(readWith(answer), {
    accessToken: 'gho_sesame',
    tokenType: 'Bearer',
    refreshToken: 'ghr_more',
    expiresIn: 28800,
    refreshExpiresIn: undefined,
    scope: ['read:user', 'user:email'],
    idToken: undefined,
  })
})

test('a bare answer leaves open what it does not say', () => {
  assert.deepEqual(readWith({}), {
    accessToken: 'gho_sesame',
    tokenType: 'Bearer',
    refreshToken: undefined,
    expiresIn: undefined,
    refreshExpiresIn: undefined,
    scope: undefined,
    idToken: undefined,
  })
})

test('TK-01 an invalid_grant is an error, with what the provider says kept apart', () => {
  const answer = anAnswer({ error: 'invalid_grant', error_description: 'The code is stale' }, { status: 400 })
  assert.throws(() => read(answer), {
    code: 'provider_error',
    said: 'The code is stale',
    status: 400,
    message: /invalid_grant/,
  })
})

test('TK-02 refused client credentials are named as such, whatever the words for it', () => {
  const answers = [
    anAnswer({ error: 'invalid_client' }, { status: 401 }),
    anAnswer({ error: 'invalid_client' }, { status: 400 }),
    anAnswer({ error: 'incorrect_client_credentials' }),
    anAnswer('', { status: 401, mediaType: '' }),
    anAnswer('<html>', { status: 401, mediaType: 'text/html' }),
  ]
  for (const answer of answers) {
    assert.throws(
      () => read(answer),
      { code: 'provider_error', message: /client credentials were refused/ },
      answer.body,
    )
  }
})

test('TK-03 an error inside a 200 is an error, also next to a token', () => {
  const errors = ['bad_verification_code', '', 0, false, [], { message: 'no' }]
  for (const error of errors) {
    for (const body of [{ error }, { ...good, error }]) {
      assert.throws(() => read(anAnswer(body)), { code: 'provider_error' }, JSON.stringify(body))
    }
  }
  assert.throws(() => form('error=bad_verification_code&error_description=Stale'), {
    code: 'provider_error',
    said: 'Stale',
  })
  assert.equal(readWith({ error: null }).accessToken, 'gho_sesame')
})

test('a failure without a readable body is known by its status', () => {
  for (const status of [400, 403, 404, 429, 500, 503]) {
    for (const body of ['', '<html>', '{"access_token":"a","token_type":"bearer"}', '{', '[]']) {
      assert.throws(() => read(anAnswer(body, { status })), { code: 'provider_error', status }, `${status} ${body}`)
    }
  }
})

test('TK-18 TK-19 a redirect is not an answer, whatever it carries', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    assert.throws(() => read(anAnswer(good, { status })), { code: 'provider_malformed', status })
  }
})

test('TK-04 an access token is a text of visible ASCII', () => {
  const tokens = [
    undefined,
    null,
    '',
    0,
    1,
    true,
    [],
    ['a'],
    {},
    'two words',
    'a\r\nX: b',
    'a\u0000',
    'tökén',
    ' a',
    'a\n',
  ]
  for (const access_token of tokens) {
    assert.throws(() => readWith({ access_token }), { code: 'provider_malformed' }, JSON.stringify(access_token))
  }
})

test('TK-06 what is not one JSON object is no answer', () => {
  const text = JSON.stringify(good)
  const answers = [
    anAnswer(''),
    anAnswer('', { status: 204, mediaType: '' }),
    anAnswer(`\ufeff${text}`),
    anAnswer(text.slice(0, -1)),
    anAnswer(`${text}x`),
    anAnswer(`${text}${text}`),
    anAnswer(`[${text}]`),
  ]
  for (const answer of answers) assert.throws(() => read(answer), { code: 'provider_malformed' }, answer.body)
})

test('TK-07 a form-encoded answer is read only where the provider is known for it', () => {
  const body = 'access_token=gho_sesame&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer&expires_in=60'
  const answer = anAnswer(body, { mediaType: 'application/x-www-form-urlencoded' })
  assert.throws(() => read(answer), { code: 'provider_malformed' })
  assert.throws(() => read(anAnswer(good, { mediaType: 'text/html' })), { code: 'provider_malformed' })
  assert.throws(() => readTokenAnswer(anAnswer(good, { mediaType: 'text/html' }), { formEncodedAnswers: true }))
  assert.deepEqual(form(body), {
    accessToken: 'gho_sesame',
    tokenType: 'Bearer',
    refreshToken: undefined,
    expiresIn: 60,
    refreshExpiresIn: undefined,
    scope: ['read:user', 'user:email'],
    idToken: undefined,
  })
  assert.equal(readTokenAnswer(anAnswer(good), { formEncodedAnswers: true }).accessToken, 'gho_sesame')
})

test('TK-07 a form-encoded answer is read strictly', () => {
  const bodies = [
    '',
    'access_token=a',
    'access_token=a&access_token=b&token_type=bearer',
    '\ufeffaccess_token=a&token_type=bearer',
  ]
  for (const body of bodies) assert.throws(() => form(body), { code: 'provider_malformed' }, body)
})

test('TK-08 of a key given twice the last one counts', () => {
  const body = '{"token_type":"bearer","access_token":"a","access_token":"b"}'
  assert.equal(read(anAnswer(body)).accessToken, 'b')
})

test('TK-10 the token type is bearer in any case, and has to be there', () => {
  for (const token_type of ['Bearer', 'bearer', 'BEARER']) assert.equal(readWith({ token_type }).tokenType, 'Bearer')
  for (const token_type of [undefined, null, '', 'mac', 'DPoP', ['Bearer'], 1, {}, 'bearer ']) {
    assert.throws(() => readWith({ token_type }), { code: 'provider_malformed' }, JSON.stringify(token_type))
  }
})

test('TK-11 a lifetime is whole seconds, at most ten years, or unknown', () => {
  const tenYears = 315_360_000
  const table: [text: string, seconds: number | undefined][] = [
    ['null', undefined],
    ['3600', 3600],
    ['"3600"', 3600],
    ['0', 0],
    ['3600.9', 3600],
    ['"3600.9"', 3600],
    ['1e300', tenYears],
    ['1e400', tenYears],
    ['99999999999999999999', tenYears],
  ]
  for (const [text, seconds] of table) {
    const answer = anAnswer(`{"access_token":"a","token_type":"bearer","expires_in":${text}}`)
    assert.equal(read(answer).expiresIn, seconds, text)
  }
  for (const expires_in of [-1, '-1', 'NaN', '', ' 1', '1e3', '0x10', 'Infinity', {}, [], [3600], true]) {
    assert.throws(() => readWith({ expires_in }), { code: 'provider_malformed' }, JSON.stringify(expires_in))
  }
})

test('TK-14 the granted scope is recorded as it is given', () => {
  const table: [scope: unknown, list: string[] | undefined][] = [
    [undefined, undefined],
    [null, undefined],
    ['', []],
    ['read:user', ['read:user']],
    ['read:user user:email', ['read:user', 'user:email']],
    ['read:user,user:email, repo', ['read:user', 'user:email', 'repo']],
  ]
  for (const [scope, list] of table) assert.deepEqual(readWith({ scope }).scope, list, JSON.stringify(scope))
  for (const scope of [['read:user'], {}, 1, true, 'a "b"', 'a\\b', 'a\nb', 'é']) {
    assert.throws(() => readWith({ scope }), { code: 'provider_malformed' }, JSON.stringify(scope))
  }
})

test('TK-15 a refresh token is a text of visible ASCII, or absent', () => {
  for (const refresh_token of [undefined, null, '']) assert.equal(readWith({ refresh_token }).refreshToken, undefined)
  for (const refresh_token of [['a'], {}, 1, true, 'a b', 'a\n']) {
    assert.throws(() => readWith({ refresh_token }), { code: 'provider_malformed' }, JSON.stringify(refresh_token))
  }
})

test('TK-13 an ID token is a text as it came, or absent', () => {
  assert.equal(readWith({ id_token: 'a.b.c' }).idToken, 'a.b.c')
  for (const id_token of [undefined, null]) assert.equal(readWith({ id_token }).idToken, undefined)
  for (const id_token of ['', 1, true, ['a.b.c'], {}, 'a.b.c ', 'a.\n.c', 'a.b.ç']) {
    assert.throws(() => readWith({ id_token }), { code: 'provider_malformed' }, JSON.stringify(id_token))
  }
})

test('no refusal carries a token', () => {
  const bodies = [
    { access_token: 'gho_sesame' },
    { ...good, scope: 1 },
    { ...good, error: 'e' },
    { ...good, expires_in: -1 },
  ]
  for (const body of bodies) {
    assert.throws(
      () => read(anAnswer(body)),
      (error: Error) => !JSON.stringify([error, error.message, error.stack]).includes('sesame'),
    )
  }
})

test('a code is spent with one call, and what does not answer it is not asked again', async () => {
  const sent: OutboundRequest[] = []
  const send = async (request: OutboundRequest) => {
    sent.push(request)
    return anAnswer(sent.length === 1 ? { data: good } : good)
  }
  await assert.rejects(exchangeCode(send, aClient(), question), { code: 'provider_malformed' })
  assert.deepEqual(sent, [tokenRequest(aClient(), question)])
  assert.equal((await exchangeCode(send, aClient(), question)).accessToken, 'gho_sesame')
  assert.equal(sent.length, 2)
})

test("HD-10 what quotes our request is nobody's to read, however it is spelt", async () => {
  const question = { code: '4/0Ab-code-of-ada', codeVerifier: 'v'.repeat(43), redirectUri: 'https://app.test/back' }
  const client = aClient({ clientSecret: 'the-secret-of-us' })
  const basic = tokenRequest(client, question).headers.Authorization?.split(' ')[1] ?? ''
  const quoted = [question.code, '4%2F0Ab-code-of-ada', question.codeVerifier, basic, 'the-secret-of-us']
  const bodies = [...quoted.map(words => JSON.stringify({ error: 'invalid_grant', error_description: words }))]
  bodies.push('{"error":"invalid_grant","error_description":"4\\/0Ab-code-of-ada"}')
  bodies.push(JSON.stringify({ error: question.code, error_description: 'no' }))
  for (const body of bodies) {
    const send = async () => ({ status: 400, mediaType: 'application/json', body })
    await assert.rejects(exchangeCode(send, client, question), (error: unknown) => {
      assert.ok(error instanceof ProtocolError)
      assert.deepEqual([error.code, error.said, error.status], ['provider_error', undefined, 400])
      assert.ok(!error.message.includes(question.code))
      return true
    })
  }
  const kind = async () => ({
    status: 400,
    mediaType: 'application/json',
    body: '{"error":"x","error_description":"Too late"}',
  })
  await assert.rejects(exchangeCode(kind, client, question), { said: 'Too late' })
})
