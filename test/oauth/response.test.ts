import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson, readObject, requireSuccess } from '../../src/oauth/response.js'
import { aResponse } from './samples.js'

// A byte-order mark was refused until B-17: some servers write one before right JSON.
test('TK-06 only one whole JSON text is read', () => {
  const bodies = ['', ' ', '{"a":', '{"a":1}x', '{} {}', '{}\n{}', '<html>', "{'a':1}", '{"a":NaN}', '{"a":01}']
  for (const body of [...bodies, '\ufeff', '\ufeff\ufeff{}', '{}\ufeff', 'a=b']) {
    assert.throws(() => readJson(aResponse(body)), { code: 'provider_malformed' }, JSON.stringify(body))
  }
})

test('TK-06 JSON is read a hundred levels deep, because nobody can write down what goes much deeper', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  assert.ok(readJson(aResponse(nested(100))))
  for (const levels of [102, 5_000, 100_000])
    assert.throws(() => readJson(aResponse(nested(levels))), { code: 'provider_malformed' })
})

// Only JSON media types were read until B-17: servers send right JSON under any type, or none.
test('B-17 TK-07 JSON is read whatever its media type is, and after a byte-order mark', () => {
  const types = ['application/json', 'application/vnd.github+json', 'text/plain', 'text/javascript', 'text/html', '']
  for (const mediaType of [...types, 'application/x-javascript', 'application/octet-stream', 'json']) {
    assert.deepEqual(readJson(aResponse('{"a":1}', { mediaType })), { a: 1 }, mediaType)
    assert.deepEqual(readJson(aResponse('\ufeff{"id":9007199254740993}', { mediaType })), { id: '9007199254740993' })
  }
})

test('B-17 what is not JSON is told by what it is, and nothing of it is quoted', () => {
  const table: [body: string, mediaType: string, words: string][] = [
    ['<!doctype html><title>Sign in</title>', 'text/html', 'a web page (text/html), not JSON'],
    ['\ufeff\n<HTML>', 'text/plain', 'a web page (text/plain), not JSON'],
    ['sesame', 'text/html', 'a web page (text/html), not JSON'],
    ['<html>', 'application/json', 'a web page (application/json), not JSON'],
    ['', 'application/json', 'an empty body (application/json), not JSON'],
    ['', '', 'an empty body (no media type), not JSON'],
    ['sesame', 'text/plain', 'text/plain, not JSON'],
    ['<xml/>', 'application/xml', 'application/xml, not JSON'],
    ['{"a":sesame}', 'application/json', 'something that is not valid JSON'],
    ['{"a":sesame}', 'application/problem+json', 'something that is not valid JSON'],
    ['sesame', `text/\u202e${'x'.repeat(500)}`, `text/${'x'.repeat(95)}, not JSON`],
  ]
  for (const [body, mediaType, words] of table) {
    const message = `The provider answered with ${words}`
    assert.throws(() => readJson(aResponse(body, { mediaType })), { code: 'provider_malformed', message })
  }
})

test('P11 B-63 what is signed or encrypted is told as such, with what to do, under whatever media type', () => {
  const signed = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2VzYW1l'
  const encrypted = 'eyJhbGciOiJSU0EtT0FFUCJ9.a2V5.aXY.c2VzYW1l.dGFn'
  const table: [body: string, mediaType: string, kind: string][] = [
    [signed, 'application/jwt', 'a signed response (application/jwt)'],
    [signed, 'application/json', 'a signed response (application/json)'],
    [signed, 'text/plain', 'a signed response (text/plain)'],
    [`${signed}\n`, '', 'a signed response (no media type)'],
    [`"${signed}"`, 'application/json', 'a signed response (application/json)'],
    ['{"sub":"ada"}', 'application/jwt', 'a signed response (application/jwt)'],
    ['{"sub":"ada"}', 'application/userinfo+jwt', 'a signed response (application/userinfo+jwt)'],
    [encrypted, 'application/jwt', 'an encrypted response (application/jwt)'],
    [encrypted, 'application/json', 'an encrypted response (application/json)'],
  ]
  for (const [body, mediaType, kind] of table) {
    const message = `The provider answered with ${kind}, which is not taken: let the provider answer in plain JSON`
    const expectedError = { code: 'provider_malformed', message, hint: 'plain_json' }
    assert.throws(() => readJson(aResponse(body, { mediaType })), expectedError, `${mediaType} ${body}`)
  }
})

test('a refusal never quotes the body', () => {
  assert.throws(
    () => readJson(aResponse('{"access_token":"gho_sesame",}')),
    (error: Error) => !error.message.includes('sesame') && error.cause === undefined,
  )
})

test('ID-07 UI-09 integers beyond 2^53 come out digit by digit, and all else as JSON.parse reads it', () => {
  const table: [text: string, value: unknown][] = [
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['18446744073709551615', '18446744073709551615'],
    ['0.1234567890123456789', Number('0.1234567890123456789')],
    ['-12345678901234567.5', Number('-12345678901234567.5')],
    ['12345678901234567890e3', Number('12345678901234567890e3')],
    ['1234567890123456789E-2', Number('1234567890123456789E-2')],
    ['"9007199254740993"', '9007199254740993'],
    ['"a \\"9007199254740993\\" b"', 'a "9007199254740993" b'],
    ['"\\\\"', '\\'],
    ['"id: 9007199254740993, \\\\"', 'id: 9007199254740993, \\'],
  ]
  for (const [text, value] of table) {
    assert.deepEqual(readJson(aResponse(`{"id":${text},"end":1}`)), { id: value, end: 1 }, text)
    assert.deepEqual(readJson(aResponse(`[ ${text} ,9007199254740993]`)), [value, '9007199254740993'], text)
  }
  assert.deepEqual(readJson(aResponse('{"9007199254740993":9007199254740993}')), {
    '9007199254740993': '9007199254740993',
  })
})

test('DS-09 hostile texts of the largest size are read in one pass', () => {
  const size = 250_000
  const texts = [
    `["${'\\"'.repeat(size / 2)}",9007199254740993]`,
    `["${'1'.repeat(size)}",9007199254740993]`,
    `[${'9007199254740993,'.repeat(size / 17)}1]`,
    `[${'1'.repeat(size)}]`,
    `[0.${'1'.repeat(size)},9007199254740993]`,
  ]
  for (const text of texts) assert.ok(Array.isArray(readJson(aResponse(text))))
})

test('an answer named __proto__ changes no prototype', () => {
  const value = readObject(aResponse('{"__proto__":{"access_token":"a"},"id":9007199254740993}'))
  assert.equal(value.access_token, undefined)
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
})

test('an object is wanted, and nothing else is one', () => {
  for (const body of ['null', '[]', '1', '"a"', 'true']) {
    assert.throws(() => readObject(aResponse(body)), { code: 'provider_malformed' }, body)
  }
})

test('only 2xx is a success; a redirect is not followed', () => {
  for (const status of [200, 201, 204]) requireSuccess(aResponse({}, { status }))
  for (const status of [301, 302, 303, 304, 307, 308]) {
    assert.throws(() => requireSuccess(aResponse({}, { status })), { code: 'provider_malformed', status })
  }
  for (const status of [400, 401, 403, 404, 429, 500, 503]) {
    assert.throws(() => requireSuccess(aResponse({}, { status })), { code: 'provider_error', status })
  }
})
