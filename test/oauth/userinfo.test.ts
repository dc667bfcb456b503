import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  apiRequest,
  readApiResponse,
  readSubject,
  readUserinfo,
  readUserResponse,
  userRequest,
} from '../../src/oauth/userinfo.js'
import { aResponse } from './samples.js'

test('UI-11 the access token goes into the header and never into the URL', () => {
  for (const ask of [userRequest, apiRequest]) {
    assert.deepEqual(ask('https://api.provider.example/user?v=1', 'gho_sesame'), {
      method: 'GET',
      url: 'https://api.provider.example/user?v=1',
      headers: { Accept: 'application/json', Authorization: 'Bearer gho_sesame' },
    })
  }
})

test('the user endpoint answers with an object, the API with any JSON', () => {
  assert.deepEqual(readUserResponse(aResponse({ id: 1 })), { id: 1 })
  assert.deepEqual(readApiResponse(aResponse([1])), [1])
  assert.throws(() => readUserResponse(aResponse([1])), { code: 'provider_malformed' })
})

test('UI-03 UI-04 a failure, a redirect, a page or a JWT is not an answer', () => {
  for (const read of [readUserResponse, readApiResponse]) {
    for (const status of [401, 403, 404, 500]) {
      assert.throws(() => read(aResponse({ id: 1 }, { status })), { code: 'provider_error', status })
    }
    assert.throws(() => read(aResponse({ id: 1 }, { status: 307 })), { code: 'provider_malformed' })
    assert.throws(() => read(aResponse({ id: 1 }, { mediaType: 'application/jwt' })), { code: 'provider_malformed' })
    assert.throws(() => read(aResponse('<html>', { mediaType: 'text/html' })), { message: /a web page \(text\/html\)/ })
    // Until B-17 its media type had to be JSON too.
    for (const mediaType of ['text/html', '']) assert.deepEqual(read(aResponse({ id: 1 }, { mediaType })), { id: 1 })
  }
})

test('UI-01 MX-12 oidcc-client-test-userinfo-invalid-sub: userinfo is about the subject of the ID token, or refused', () => {
  assert.deepEqual(readUserinfo(aResponse({ sub: 'Ada', name: 'Ada' }), 'Ada'), { sub: 'Ada', name: 'Ada' })
  for (const sub of [undefined, null, '', 'ada', 'Ada ', 'Adainvalid', 'Ad', 1, ['Ada'], { Ada: 1 }, true]) {
    assert.throws(() => readUserinfo(aResponse({ sub }), 'Ada'), { code: 'subject_mismatch' }, JSON.stringify(sub))
  }
  assert.throws(() => readUserinfo(aResponse({ sub: 583231 }), '583231'), { code: 'subject_mismatch' })
  assert.throws(() => readUserinfo(aResponse({ id: 'Ada' }), 'Ada'), { code: 'subject_mismatch' })
})

test('UI-03 UI-04 userinfo is JSON with a status of success, whoever it is about', () => {
  for (const status of [401, 403, 500]) {
    assert.throws(() => readUserinfo(aResponse({ sub: 'Ada' }, { status }), 'Ada'), { code: 'provider_error', status })
  }
  for (const response of [aResponse({ sub: 'Ada' }, { mediaType: 'application/jwt' }), aResponse([{ sub: 'Ada' }])]) {
    assert.throws(() => readUserinfo(response, 'Ada'), { code: 'provider_malformed' })
  }
})

test('oidcc-client-test-aggregated-claims and -distributed-claims: claims that are kept elsewhere stay there', () => {
  const user = { sub: 'Ada', _claim_names: { email: 'a' }, _claim_sources: { a: { endpoint: 'http://10.0.0.1/' } } }
  assert.deepEqual(readUserinfo(aResponse(user), 'Ada'), user)
})

test('ID-07 a numeric id and the same digits as text are one subject', () => {
  assert.equal(readSubject(583231), '583231')
  assert.equal(readSubject('583231'), '583231')
})

test('UI-09 a subject beyond 2^53 is kept exact from the answer on', () => {
  const user = readUserResponse(aResponse('{"id":9007199254740993}'))
  assert.equal(readSubject(user.id), '9007199254740993')
})

test('ID-07 UI-09 what cannot be the id of a person is refused', () => {
  const values = [
    undefined,
    null,
    0,
    -0,
    '0',
    -1,
    '-9007199254740993',
    1.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    'a\u0000b',
    'a\nb',
    '\ud800',
    '\ufffd',
    'a\u2028b',
    'a\u202eb',
    'x'.repeat(256),
    true,
    {},
    [],
    ['1'],
  ]
  for (const value of values) {
    assert.throws(() => readSubject(value), { code: 'provider_malformed' }, JSON.stringify(value))
  }
  for (const value of ['a', 'auth0|5', 'x'.repeat(255), 'żółw', '00', 'a b']) assert.equal(readSubject(value), value)
})
