import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson, readObject, requireSuccess } from '../../src/oauth/answer.js'
import { anAnswer } from './samples.js'

test('TK-06 only one whole JSON text is read', () => {
  const bodies = [
    '',
    ' ',
    '\ufeff{}',
    '{"a":',
    '{"a":1}x',
    '{} {}',
    '{}\n{}',
    '<html>',
    "{'a':1}",
    '{"a":NaN}',
    '{"a":01}',
  ]
  for (const body of bodies) {
    assert.throws(() => readJson(anAnswer(body)), { code: 'provider_malformed' }, JSON.stringify(body))
  }
})

test('TK-06 JSON is read a hundred levels deep, because nobody can write down what goes much deeper', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  assert.ok(readJson(anAnswer(nested(100))))
  for (const levels of [102, 5_000, 100_000])
    assert.throws(() => readJson(anAnswer(nested(levels))), { code: 'provider_malformed' })
})

test('TK-07 only JSON media types are read', () => {
  const read = (mediaType: string) => readJson(anAnswer('{}', { mediaType }))
  for (const mediaType of ['application/json', 'application/vnd.github+json', 'application/scim+json']) {
    assert.deepEqual(read(mediaType), {})
  }
  for (const mediaType of [
    '',
    'text/html',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'json',
  ]) {
    assert.throws(() => read(mediaType), { code: 'provider_malformed' }, mediaType)
  }
})

test('a refusal never quotes the body', () => {
  assert.throws(
    () => readJson(anAnswer('{"access_token":"gho_sesame",}')),
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
    assert.deepEqual(readJson(anAnswer(`{"id":${text},"end":1}`)), { id: value, end: 1 }, text)
    assert.deepEqual(readJson(anAnswer(`[ ${text} ,9007199254740993]`)), [value, '9007199254740993'], text)
  }
  assert.deepEqual(readJson(anAnswer('{"9007199254740993":9007199254740993}')), {
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
  for (const text of texts) assert.ok(Array.isArray(readJson(anAnswer(text))))
})

test('an answer named __proto__ changes no prototype', () => {
  const value = readObject(anAnswer('{"__proto__":{"access_token":"a"},"id":9007199254740993}'))
  assert.equal(value.access_token, undefined)
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
})

test('an object is wanted, and nothing else is one', () => {
  for (const body of ['null', '[]', '1', '"a"', 'true']) {
    assert.throws(() => readObject(anAnswer(body)), { code: 'provider_malformed' }, body)
  }
})

test('only 2xx is a success; a redirect is not followed', () => {
  for (const status of [200, 201, 204]) requireSuccess(anAnswer({}, { status }))
  for (const status of [301, 302, 303, 304, 307, 308]) {
    assert.throws(() => requireSuccess(anAnswer({}, { status })), { code: 'provider_malformed', status })
  }
  for (const status of [400, 401, 403, 404, 429, 500, 503]) {
    assert.throws(() => requireSuccess(anAnswer({}, { status })), { code: 'provider_error', status })
  }
})
