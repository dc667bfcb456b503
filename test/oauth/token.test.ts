import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpRequest, HttpResponse } from '../../src/http/types.js'
import { ProtocolError } from '../../src/oauth/errors.js'
import { exchangeCode, tokenRequest } from '../../src/oauth/token.js'
import { readTokenResponse } from '../../src/oauth/token-response.js'
import type { OAuthClient } from '../../src/oauth/types.js'
import { aClient, aResponse } from './samples.js'

const params = { code: 'the-code', codeVerifier: 'the-verifier', redirectUri: 'https://app.example/cb' }
const good = { access_token: 'gho_sesame', token_type: 'bearer' }
const read = (response: HttpResponse) => readTokenResponse(response, {})
const readWith = (fields: object) => read(aResponse({ ...good, ...fields }))
const FORM = 'application/x-www-form-urlencoded'
const form = (body: string, { status = 200, mediaType = FORM } = {}) => read(aResponse(body, { status, mediaType }))

test('the token request carries the code, the stored redirect URI and the verifier', () => {
  const { method, url, headers, body } = tokenRequest(aClient(), params)
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
  const { body } = tokenRequest(aClient({ pkce: false }), params)
  assert.ok(!body?.includes('verifier'))
})

test('TOKEN_PARAMS add to the token request and replace nothing', () => {
  const evil = ['grant_type', 'code', 'code_verifier', 'client_id', 'client_secret', 'redirect_uri', 'refresh_token']
  const tokenParams = [...evil, 'client_assertion_type'].map(name => [name, 'evil'] as const)
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
    const client = aClient({ tokenEndpointAuthMethod, tokenParams: [...tokenParams, ['audience', 'api']] })
    const body = tokenRequest(client, params).body ?? ''
    assert.ok(!body.includes('evil'), body)
    assert.ok(body.endsWith('&audience=api'))
  }
})

test('TK-25 no secret, code or verifier stands in the URL', () => {
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
    assert.equal(tokenRequest(aClient({ tokenEndpointAuthMethod }), params).url, 'https://provider.example/token')
  }
})

test('a whole answer is read', () => {
  const response = { refresh_token: 'ghr_more', expires_in: 28800, scope: 'read:user,user:email', extra: {} }
  assert.deepEqual(readWith(response), {
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
  const response = aResponse({ error: 'invalid_grant', error_description: 'The code is stale' }, { status: 400 })
  assert.throws(() => read(response), {
    code: 'provider_error',
    providerMessage: 'The code is stale',
    status: 400,
    message: /invalid_grant/,
  })
})

test('TK-02 refused client credentials are named as such, whatever the words for it', () => {
  const responses = [
    aResponse({ error: 'invalid_client' }, { status: 401 }),
    aResponse({ error: 'invalid_client' }, { status: 400 }),
    aResponse({ error: 'incorrect_client_credentials' }),
    aResponse('', { status: 401, mediaType: '' }),
    aResponse('<html>', { status: 401, mediaType: 'text/html' }),
  ]
  for (const response of responses) {
    assert.throws(
      () => read(response),
      { code: 'provider_error', message: /client credentials were refused/ },
      response.body,
    )
  }
})

test('TK-03 an error inside a 200 is an error, also next to a token', () => {
  const errors = ['bad_verification_code', '', 0, false, [], { message: 'no' }]
  for (const error of errors) {
    for (const body of [{ error }, { ...good, error }]) {
      assert.throws(() => read(aResponse(body)), { code: 'provider_error' }, JSON.stringify(body))
    }
  }
  assert.throws(() => form('error=bad_verification_code&error_description=Stale'), {
    code: 'provider_error',
    providerMessage: 'Stale',
  })
  assert.equal(readWith({ error: null }).accessToken, 'gho_sesame')
})

test('a failure without a readable body is known by its status', () => {
  for (const status of [400, 403, 404, 429, 500, 503]) {
    for (const body of ['', '<html>', '{"access_token":"a","token_type":"bearer"}', '{', '[]']) {
      assert.throws(() => read(aResponse(body, { status })), { code: 'provider_error', status }, `${status} ${body}`)
    }
  }
})

test('TK-18 TK-19 a redirect is not an answer, whatever it carries', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    assert.throws(() => read(aResponse(good, { status })), { code: 'provider_malformed', status })
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
  const responses = [
    aResponse(''),
    aResponse('', { status: 204, mediaType: '' }),
    aResponse(`\ufeff\ufeff${text}`),
    aResponse(text.slice(0, -1)),
    aResponse(`${text}x`),
    aResponse(`${text}${text}`),
    aResponse(`[${text}]`),
  ]
  for (const response of responses) assert.throws(() => read(response), { code: 'provider_malformed' }, response.body)
})

// Until B-17 a form was read of GitHub alone, and only under its media type; JSON only under one of its own.
test('B-17 TK-07 a form-encoded answer is read of every provider, whatever its media type', () => {
  const body = 'access_token=gho_sesame&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer&expires_in=60'
  for (const mediaType of [FORM, 'text/plain', 'text/html', 'application/json', '']) {
    for (const text of [body, `${body}\n`, `\ufeff${body}`]) {
      assert.deepEqual(form(text, { mediaType }), {
        accessToken: 'gho_sesame',
        tokenType: 'Bearer',
        refreshToken: undefined,
        expiresIn: 60,
        refreshExpiresIn: undefined,
        scope: ['read:user', 'user:email'],
        idToken: undefined,
      })
    }
  }
  const failure = 'error=invalid_grant&error_description=Too+late'
  for (const mediaType of [FORM, 'text/plain', '']) {
    const expectedError = { code: 'provider_error', providerMessage: 'Too late', oauthError: 'invalid_grant' }
    assert.throws(() => form(failure, { status: 400, mediaType }), expectedError, mediaType)
    assert.throws(() => form(failure, { mediaType }), expectedError, mediaType)
  }
})

test('B-17 JSON is read under any media type, also under that of a form, and after a byte-order mark', () => {
  for (const mediaType of ['text/plain', 'text/javascript', 'text/html', 'application/x-javascript', FORM, '']) {
    const texts = [JSON.stringify(good), `\ufeff${JSON.stringify(good)}`, ` \n${JSON.stringify(good)}`]
    for (const text of texts) assert.equal(read(aResponse(text, { mediaType })).accessToken, 'gho_sesame')
  }
  for (const body of ['<!doctype html><a href="?access_token=a">', '<html>access_token=a</html>']) {
    const message = 'The provider answered with a web page (text/html), not JSON'
    assert.throws(() => form(body, { mediaType: 'text/html' }), { code: 'provider_malformed', message })
  }
})

test('TK-07 a form-encoded answer is read strictly', () => {
  const bodies = ['', 'token_type=bearer', 'access_token=a&access_token=b', 'access_token=a b', 'access_token=a%00']
  for (const body of [...bodies, 'access_token=a&error=', 'sesame', '<access_token=a>']) {
    assert.throws(() => form(body), /malformed|unusable|more than once|web page|error/, body)
  }
  for (const body of [
    'see access_token=a',
    'access_token=a\nb',
    '"access_token=a"',
    '[access_token=a]',
    'access_token=%zz',
  ]) {
    assert.throws(() => form(body, { mediaType: 'text/plain' }), { code: 'provider_malformed' }, body)
  }
})

test('B-17 an answer that is wrapped in data is read there, unless something stands beside it', () => {
  const wrapped = (fields: object) => read(aResponse({ message: 'ok', data: { ...good, ...fields } }))
  assert.equal(wrapped({ scope: 'read' }).accessToken, 'gho_sesame')
  assert.equal(read(aResponse({ data: good, access_token: null, error: null })).accessToken, 'gho_sesame')
  assert.equal(read(aResponse({ ...good, data: { access_token: 'other' } })).accessToken, 'gho_sesame')
  const expectedError = { code: 'provider_error', oauthError: 'invalid_grant' }
  assert.throws(() => read(aResponse({ data: { error: 'invalid_grant' } }, { status: 400 })), expectedError)
  assert.throws(() => read(aResponse({ data: { error: 'invalid_grant' } })), expectedError)
  assert.throws(() => read(aResponse({ error: 'invalid_grant', data: good })), expectedError)
  for (const data of [[good], JSON.stringify(good), null, 1, {}, { data: good }]) {
    assert.throws(() => read(aResponse({ data })), { code: 'provider_malformed' }, JSON.stringify(data))
  }
  // An access token of its own that cannot be read is refused, and not looked for elsewhere.
  for (const access_token of ['', 1]) {
    assert.throws(() => read(aResponse({ access_token, data: good })), { code: 'provider_malformed' })
  }
  assert.throws(() => read(aResponse({ error: '', data: good })), { code: 'provider_error' })
})

test('TK-08 of a key given twice the last one counts', () => {
  const body = '{"token_type":"bearer","access_token":"a","access_token":"b"}'
  assert.equal(read(aResponse(body)).accessToken, 'b')
})

// A missing type and another word were refused until B-16: no setting could help a provider that sends none.
test('B-16 TK-10 a token is a bearer token, unless its type needs a proof that cannot be given', () => {
  const taken = ['Bearer', 'bearer', 'BEARER', ' bearer ', 'token', 'access_token', 'JWT', 'user', '']
  for (const token_type of [...taken, undefined, null, ['Bearer'], 1, true, {}]) {
    assert.equal(readWith({ token_type }).tokenType, 'Bearer', JSON.stringify(token_type))
  }
  for (const token_type of ['mac', 'MAC', 'DPoP', 'dpop', 'N_A', 'PoP', 'pop ', 'hmac']) {
    const message = new RegExp(`type ${token_type.trim()}, which cannot be used here: let the provider give Bearer`)
    assert.throws(() => readWith({ token_type }), { code: 'provider_malformed', hint: 'token_type', message })
  }
})

test('B-15 TK-11 a lifetime is whole seconds, at most ten years, or unknown', () => {
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
    const response = aResponse(`{"access_token":"a","token_type":"bearer","expires_in":${text}}`)
    assert.equal(read(response).expiresIn, seconds, text)
  }
  // Refused until B-15: it is a hint, of which an unusable one says nothing.
  for (const expires_in of [-1, '-1', 'NaN', '', ' 1', '1e3', '0x10', 'Infinity', {}, [], [3600], true]) {
    assert.equal(readWith({ expires_in }).expiresIn, undefined, JSON.stringify(expires_in))
  }
})

test('B-15 TK-14 the granted scope is recorded as it is given', () => {
  const table: [scope: unknown, list: string[] | undefined][] = [
    [undefined, undefined],
    [null, undefined],
    ['', []],
    ['read:user', ['read:user']],
    ['read:user user:email', ['read:user', 'user:email']],
    ['read:user,user:email, repo', ['read:user', 'user:email', 'repo']],
  ]
  for (const [scope, list] of table) assert.deepEqual(readWith({ scope }).scope, list, JSON.stringify(scope))
  // A list, and what is unusable, was refused until B-15.
  const lists: [scope: unknown, list: string[] | undefined][] = [
    [
      ['read', 'profile'],
      ['read', 'profile'],
    ],
    [
      ['read profile', 'a,b', ''],
      ['read', 'profile', 'a', 'b'],
    ],
    [[], []],
    [['read', 1], undefined],
    [['read', null], undefined],
    [[['read']], undefined],
    [['é'], undefined],
  ]
  for (const [scope, list] of lists) assert.deepEqual(readWith({ scope }).scope, list, JSON.stringify(scope))
  for (const scope of [{}, 1, true, 'a "b"', 'a\\b', 'a\nb', 'é']) {
    assert.equal(readWith({ scope }).scope, undefined, JSON.stringify(scope))
  }
})

test('B-15 TK-15 a refresh token is a text of visible ASCII, or absent', () => {
  for (const refresh_token of [undefined, null, '']) assert.equal(readWith({ refresh_token }).refreshToken, undefined)
  // Refused until B-15: without one the person signs in again later, and with the refusal nobody signed in at all.
  for (const refresh_token of [['a'], {}, 1, true, 'a b', 'a\n']) {
    assert.equal(readWith({ refresh_token }).refreshToken, undefined, JSON.stringify(refresh_token))
  }
})

// Refused here until B-15. OAuth 2.0 does not look at it; OpenID Connect verifies it, and refuses each of these there.
test('B-15 TK-13 an ID token is handed on as it came, never as absent where something is there', () => {
  for (const id_token of [undefined, null]) assert.equal(readWith({ id_token }).idToken, undefined)
  for (const id_token of ['a.b.c', '', 'a.b.c ', 'a.\n.c', 'a.b.ç'])
    assert.equal(readWith({ id_token }).idToken, id_token)
  for (const id_token of [1, true, false, ['a.b.c'], {}]) assert.equal(readWith({ id_token }).idToken, '')
})

test('no refusal carries a token', () => {
  const bodies = [
    { access_token: 'gho sesame' },
    { ...good, token_type: 'mac' },
    { ...good, error: 'e' },
    { data: good, error: 'e' },
  ]
  for (const body of bodies) {
    assert.throws(
      () => read(aResponse(body)),
      (error: Error) => !JSON.stringify([error, error.message, error.stack]).includes('sesame'),
    )
  }
})

test('a code is spent with one call, and what does not answer it is not asked again', async () => {
  const sent: HttpRequest[] = []
  const send = async (request: HttpRequest) => {
    sent.push(request)
    return aResponse(sent.length === 1 ? { tokens: good } : good)
  }
  await assert.rejects(exchangeCode(send, aClient(), params), { code: 'provider_malformed' })
  assert.deepEqual(sent, [tokenRequest(aClient(), params)])
  assert.equal((await exchangeCode(send, aClient(), params)).accessToken, 'gho_sesame')
  assert.equal(sent.length, 2)
})

test('P4 B-39 refused credentials that Basic had to encode are told with the setting that sends them as they are', async () => {
  const exchangeRefused = (
    client: Partial<OAuthClient>,
    response = aResponse({ error: 'invalid_client' }, { status: 401 }),
  ) => exchangeCode(async () => response, aClient(client), params)
  const encoded = { code: 'provider_error', hint: 'client_refused_encoded', message: /AUTH_METHOD=client_secret_post/ }
  const plain = {
    ...{ code: 'provider_error', hint: 'client_refused' },
    message:
      'The client credentials were refused: check the client id and the client secret (status 401, error invalid_client)',
  }
  await Promise.all([
    assert.rejects(exchangeRefused({ clientSecret: 'aB3+cD' }), encoded),
    assert.rejects(exchangeRefused({ clientId: 'a:b' }), encoded),
    assert.rejects(exchangeRefused({ clientSecret: 'aB3+cD' }, aResponse('', { status: 401 })), encoded),
    assert.rejects(exchangeRefused({ clientSecret: 'aB3+cD', tokenEndpointAuthMethod: 'client_secret_post' }), plain),
    assert.rejects(exchangeRefused({ clientSecret: 'aB3/cD/eF5==' }), plain),
    assert.rejects(
      exchangeRefused({ clientSecret: 'aB3+cD' }, aResponse({ error: 'invalid_grant' }, { status: 400 })),
      {
        hint: undefined,
      },
    ),
  ])
})

test("HD-10 what quotes our request is nobody's to read, however it is spelt", async () => {
  const params = { code: '4/0Ab-code-of-ada', codeVerifier: 'v'.repeat(43), redirectUri: 'https://app.test/back' }
  const client = aClient({ clientSecret: 'the-secret-of-us' })
  const basic = tokenRequest(client, params).headers.Authorization?.split(' ')[1] ?? ''
  const quoted = [params.code, '4%2F0Ab-code-of-ada', params.codeVerifier, basic, 'the-secret-of-us']
  const bodies = [...quoted.map(words => JSON.stringify({ error: 'invalid_grant', error_description: words }))]
  bodies.push('{"error":"invalid_grant","error_description":"4\\/0Ab-code-of-ada"}')
  bodies.push(JSON.stringify({ error: params.code, error_description: 'no' }))
  for (const body of bodies) {
    const send = async () => ({ status: 400, mediaType: 'application/json', body })
    await assert.rejects(exchangeCode(send, client, params), (error: unknown) => {
      assert.ok(error instanceof ProtocolError)
      assert.deepEqual([error.code, error.providerMessage, error.status], ['provider_error', undefined, 400])
      assert.ok(!error.message.includes(params.code))
      return true
    })
  }
  const kind = async () => ({
    status: 400,
    mediaType: 'application/json',
    body: '{"error":"x","error_description":"Too late"}',
  })
  await assert.rejects(exchangeCode(kind, client, params), { providerMessage: 'Too late' })
})
