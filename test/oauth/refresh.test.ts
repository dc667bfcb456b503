import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpRequest, HttpResponse } from '../../src/http/types.js'
import { isInvalidGrant, ProtocolError, RefreshRejected } from '../../src/oauth/errors.js'
import { refreshRequest, refreshTokens } from '../../src/oauth/token.js'
import { readRefreshResponse } from '../../src/oauth/token-response.js'
import type { OAuthClient } from '../../src/oauth/types.js'
import { aClient, aResponse } from './samples.js'

const params = { refreshToken: 'ghr_the-refresh-token' }
const good = { access_token: 'gho_sesame', token_type: 'bearer' }
const readWith = (fields: object) => readRefreshResponse(aResponse({ ...good, ...fields }), {})

/** Sends one refresh and gets this answer. */
const refresh = (response: HttpResponse, changes: Partial<OAuthClient> = {}) =>
  refreshTokens(async () => response, aClient(changes), params)

test('a refresh carries the refresh token and the client, and nothing of a code', () => {
  const { method, url, headers, body } = refreshRequest(aClient({ tokenParams: [['audience', 'code only']] }), params)
  assert.deepEqual([method, url], ['POST', 'https://provider.example/token'])
  assert.match(headers.Authorization ?? '', /^Basic /)
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    grant_type: 'refresh_token',
    refresh_token: 'ghr_the-refresh-token',
  })
})

test('a refresh goes where the provider wants it, with the client proved in the same way', () => {
  const client = aClient({
    ...{ refreshUrl: 'https://provider.example/refresh', tokenEndpointAuthMethod: 'client_secret_post' },
    ...{ tokenRequestForm: 'json', tokenHeaders: { 'X-Version': '1' }, clientIdParam: 'client_key' },
  })
  const { url, headers, body = '' } = refreshRequest(client, params)
  assert.deepEqual([url, headers['X-Version']], ['https://provider.example/refresh', '1'])
  assert.deepEqual(JSON.parse(body), {
    ...{ grant_type: 'refresh_token', refresh_token: params.refreshToken },
    ...{ client_key: 'the-client', client_secret: 'the-secret' },
  })
})

test('REFRESH_PARAMS add to a refresh and replace nothing', () => {
  const evil = ['grant_type', 'refresh_token', 'client_id', 'client_secret', 'client_assertion', 'code', 'scope']
  for (const tokenEndpointAuthMethod of ['client_secret_basic', 'client_secret_post', 'none'] as const) {
    const refreshParams = [...evil.map(name => [name, 'evil'] as const), ['audience', 'api'] as const]
    const body = refreshRequest(aClient({ tokenEndpointAuthMethod, refreshParams }), params).body ?? ''
    assert.ok(!body.includes('evil') && body.endsWith('&audience=api'), body)
  }
})

test('TK-25 neither secret nor refresh token stands in the URL of a refresh', () => {
  assert.equal(refreshRequest(aClient(), params).url, 'https://provider.example/token')
})

test('oidcc-client-test-refresh-token: what a refresh brings is read like any token answer', () => {
  const more = { refresh_token: 'ghr_next', expires_in: '60', scope: 'a b', id_token: 'a.b.c' }
  assert.deepEqual(readWith(more), {
    ...{ accessToken: 'gho_sesame', tokenType: 'Bearer', refreshToken: 'ghr_next', idToken: 'a.b.c' },
    ...{ expiresIn: 60, refreshExpiresIn: undefined, scope: ['a', 'b'] },
  })
  for (const malformed of [{ access_token: '' }, { access_token: 1 }, { token_type: 'mac' }]) {
    assert.throws(() => readWith(malformed), { code: 'provider_malformed' })
  }
  // Refused until B-15: what is not needed, and cannot be read, counts as absent.
  const { refreshToken, expiresIn, scope } = readWith({ refresh_token: ['a'], expires_in: -1, scope: 1 })
  assert.deepEqual([refreshToken, expiresIn, scope], [undefined, undefined, undefined])
})

test('a refresh without a new refresh token, or with an empty one, tells of none', () => {
  for (const refresh_token of [undefined, null, '']) assert.equal(readWith({ refresh_token }).refreshToken, undefined)
})

test('the life of a refresh token is a hint: by either name, in any form, and an unusable one says nothing', () => {
  const tenYears = 315_360_000
  const table: [fields: string, seconds: number | undefined][] = [
    ['"x":1', undefined],
    ['"refresh_token_expires_in":15811200', 15_811_200],
    ['"refresh_token_expires_in":"15811200"', 15_811_200],
    ['"refresh_token_expires_in":60.9', 60],
    ['"refresh_token_expires_in":1e300', tenYears],
    ['"refresh_expires_in":1800', 1800],
    // Keycloak's offline tokens.
    ['"refresh_expires_in":0', undefined],
    ['"refresh_token_expires_in":null,"refresh_expires_in":1800', 1800],
    ['"refresh_token_expires_in":1,"refresh_expires_in":2', 1],
    ...['-1', '"soon"', '{}', '[60]', 'true', '""', 'null', '"1e3"'].map((value): [string, undefined] => [
      `"refresh_token_expires_in":${value}`,
      undefined,
    ]),
  ]
  for (const [fields, seconds] of table) {
    const response = aResponse(`{"access_token":"a","token_type":"bearer",${fields}}`)
    assert.equal(readRefreshResponse(response, {}).refreshExpiresIn, seconds, fields)
  }
})

// Changed by B-41: words that providers have instead of invalid_grant count too, see below.
test('TK-30 invalid_grant says that the grant is over, and nothing that only looks like it does', async () => {
  const table: [response: HttpResponse, isOver: boolean][] = [
    [aResponse({ error: 'invalid_grant' }, { status: 400 }), true],
    [aResponse({ error: 'invalid_grant' }), true],
    [aResponse({ error: 'invalid_grant' }, { status: 401 }), true],
    [aResponse({ error: 'invalid_grant' }, { status: 500 }), false],
    [aResponse({ error: 'invalid_client' }, { status: 401 }), false],
    [aResponse({ error: 'temporarily_unavailable' }, { status: 400 }), false],
    [aResponse({ error: 'invalid_grant and more' }, { status: 400 }), false],
    [aResponse({ error: ['invalid_grant'] }, { status: 400 }), false],
    [aResponse('invalid_grant', { status: 400, mediaType: 'text/plain' }), false],
    [aResponse('<html>', { status: 502, mediaType: 'text/html' }), false],
    [aResponse({}), false],
  ]
  for (const [response, isOver] of table) {
    await assert.rejects(refresh(response), error => isInvalidGrant(error) === isOver, response.body)
  }
  for (const other of [undefined, 'invalid_grant', new Error('invalid_grant'), { oauthError: 'invalid_grant' }]) {
    assert.equal(isInvalidGrant(other), false)
  }
})

/** Answers of 400, unless a status stands first; `over` ends the grant at once, `counts` after several in a row. */
const REFUSALS: [body: object | string, verdict: 'over' | 'counts' | 'passes', status?: number][] = [
  [{ error: 'INVALID_GRANT' }, 'over'],
  [{ error: 'InvalidGrant' }, 'over'],
  [{ error: 'invalid_token' }, 'over'],
  [{ error: 'invalid_token' }, 'over', 401],
  [{ error: 'invalid_token' }, 'counts', 403],
  [{ error: 'BAD_REFRESH_TOKEN' }, 'over'],
  [{ error: 'bad_refresh_token' }, 'over', 401],
  [{ error: 'Invalid_Refresh_Token' }, 'over', 403],
  [{ error: 'refresh_token_expired' }, 'over'],
  [{ error: { code: 'invalid_grant' } }, 'over'],
  [{ error: { type: 'invalid_grant', message: 'The grant is gone' } }, 'over'],
  [{ error: { code: 400, message: 'Invalid refresh token' } }, 'over'],
  [{ error: { code: 'BAD_REFRESH_TOKEN' } }, 'over', 401],
  [{ status: 400, code: 'INVALID_GRANT' }, 'over'],
  [{ error_code: 'invalid_refresh_token', msg: 'Invalid Refresh Token' }, 'over'],
  [{ error: 'Bad Request', message: 'invalid refresh token' }, 'over'],
  [{ error: 'invalid_grant' }, 'passes', 429],
  [{ error: 'invalid_grant' }, 'passes', 408],
  [{ error: { code: 'invalid_grant' } }, 'passes', 503],
  [{ error: 'invalid_request' }, 'counts'],
  [{ error: 'access_denied' }, 'counts', 403],
  [{ error: { code: 'gone', detail: 'invalid_grant' } }, 'counts'],
  [{ error: ['invalid_grant'] }, 'counts'],
  [{ message: 'The refresh token is invalid_grant or so' }, 'counts'],
  ['Forbidden', 'counts', 403],
  ['', 'counts', 401],
  ['<html>', 'counts', 400],
  [{ error: 'invalid_client' }, 'passes', 401],
  [{ error: 'INVALID_CLIENT' }, 'passes'],
  [{ error: { code: 'invalid_client' } }, 'passes', 401],
  [{ error: 'invalid_client', message: 'invalid_grant' }, 'passes'],
  [{ error: 'unauthorized_client' }, 'passes', 400],
  [{ error: 'unauthorized_client' }, 'passes', 403],
  [{ error: 'incorrect_client_credentials' }, 'passes', 401],
  [{ error: 'temporarily_unavailable' }, 'passes'],
  [{ error: 'RateLimitExceeded' }, 'passes', 403],
  ['', 'passes', 404],
  ['', 'passes', 408],
  ['', 'passes', 429],
  ['', 'passes', 500],
  ['', 'passes', 503],
  ['', 'passes', 302],
]

test('B-41 a grant is over at once in all the words that mean it; other refusals may concern it, and trouble never does', async () => {
  for (const [body, verdict, status = 400] of REFUSALS) {
    const isText = typeof body === 'string'
    const response = aResponse(body, { status, ...(isText && { mediaType: 'text/html' }) })
    await assert.rejects(refresh(response), (error: unknown) => {
      const outcome = isInvalidGrant(error) ? 'over' : error instanceof RefreshRejected ? 'counts' : 'passes'
      assert.equal(outcome, verdict, `${status} ${response.body}`)
      return error instanceof ProtocolError
    })
  }
})

test('B-41 a word that is known is found in a token answer that was refused, and no word in one that was granted', async () => {
  const fields = { type: 'invalid_grant', code: 'invalid_client', message: 'server_error' }
  assert.equal(readWith(fields).accessToken, 'gho_sesame')
  const log = refresh(aResponse({ error: { code: 'BAD_REFRESH_TOKEN' } }, { status: 400 }))
  await assert.rejects(log, { message: /\(status 400, error bad_refresh_token\)$/, oauthError: 'bad_refresh_token' })
})

test('an error keeps the name that the token endpoint gave it, if it is a usual one', async () => {
  for (const [error, oauthError] of [
    ['invalid_scope', 'invalid_scope'],
    ['Bad Request', undefined],
    [400, undefined],
  ]) {
    await assert.rejects(refresh(aResponse({ error }, { status: 400 })), { code: 'provider_error', oauthError })
  }
})

test('a row reads the answers to a refresh in a way of their own, or as it reads those to a code', () => {
  const fields = { access_token: 'a', kind: 'bearer' }
  const readTokenResponse = () => ({ access_token: 'of-token', token_type: 'bearer' })
  const readOtherResponse = () => ({ access_token: 'of-refresh', token_type: 'bearer' })
  const read = (client: Parameters<typeof readRefreshResponse>[1]) =>
    readRefreshResponse(aResponse(fields), client).accessToken
  assert.equal(read({ readTokenResponse }), 'of-token')
  assert.equal(read({ readTokenResponse, readRefreshResponse: readOtherResponse }), 'of-refresh')
  const expires = readRefreshResponse(aResponse({ ...good, expires: 60 }), {
    readRefreshResponse: ({ expires: expires_in = null, ...others }) => ({ ...others, expires_in }),
  })
  assert.equal(expires.expiresIn, 60)
})

test("HD-10 a refusal that quotes the refresh token or the secret is nobody's to read, and still known by its name", async () => {
  const secrets = [params.refreshToken, 'the-secret', encodeURIComponent(params.refreshToken)]
  for (const secret of secrets) {
    const response = aResponse({ error: 'invalid_grant', error_description: `No ${secret}` }, { status: 400 })
    await assert.rejects(refresh(response), (error: unknown) => {
      assert.ok(error instanceof ProtocolError && isInvalidGrant(error))
      assert.deepEqual([error.providerMessage, error.status], [undefined, 400])
      assert.ok(!JSON.stringify([error, error.message, error.stack]).includes(secret))
      return true
    })
  }
  const named = refreshTokens(async () => aResponse({ error: 'refreshtokenofada' }, { status: 400 }), aClient(), {
    refreshToken: 'refreshtokenofada',
  })
  await assert.rejects(named, (error: unknown) => !JSON.stringify([error, String(error)]).includes('tokenofada'))
})

test('a refresh token is sent once, whatever comes back', async () => {
  const sent: HttpRequest[] = []
  const send = async (request: HttpRequest) => {
    sent.push(request)
    return aResponse('', { status: 503 })
  }
  await assert.rejects(refreshTokens(send, aClient(), params), { code: 'provider_error', status: 503 })
  assert.deepEqual(sent, [refreshRequest(aClient(), params)])
})
