import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReserved, RESERVED_AUTHORIZE_PARAMS, RESERVED_TOKEN_PARAMS } from '../../src/http/reserved-params.js'
import { mergeParams, single, toUniqueMap, withQuery } from '../../src/oauth/params.js'

test('a parameter is read when it is there once, and undefined when it is absent', () => {
  const params = new URLSearchParams('a=1&b=')
  assert.equal(single(params, 'a'), '1')
  assert.equal(single(params, 'b'), '')
  assert.equal(single(params, 'c'), undefined)
})

test('ST-11 a parameter given twice is refused, equal or not', () => {
  for (const query of ['a=1&a=2', 'a=1&a=1', 'a&a']) {
    const params = new URLSearchParams(query)
    assert.throws(() => single(params, 'a'), { name: 'ProtocolError', code: 'request_malformed' })
    assert.throws(() => toUniqueMap(params, 'provider_malformed'), {
      name: 'ProtocolError',
      code: 'provider_malformed',
    })
  }
})

test('a hundred thousand parameters are read in one pass', () => {
  const params = new URLSearchParams(Array.from({ length: 100_000 }, (_, i): [string, string] => [`n${i}`, '']))
  assert.equal(toUniqueMap(params, 'request_malformed').size, 100_000)
})

test('the reserved names are those of the settings table', () => {
  const everywhere =
    'client_id redirect_uri response_type response_mode scope state nonce code_challenge code_challenge_method request request_uri dpop_jkt oauth_*'
  const token = 'grant_type code code_verifier client_secret client_assertion* refresh_token'
  assert.deepEqual([...RESERVED_AUTHORIZE_PARAMS].sort(), everywhere.split(' ').sort())
  assert.deepEqual([...RESERVED_TOKEN_PARAMS].sort(), `${everywhere} ${token}`.split(' ').sort())
})

test('a star on the list stands for any ending, and other names must match whole', () => {
  const table: [string, boolean][] = [
    ['client_assertion', true],
    ['client_assertion_type', true],
    ['oauth_token', true],
    ['state', true],
    ['statement', false],
    ['State', false],
    ['prompt', false],
  ]
  for (const [name, reserved] of table) assert.equal(isReserved(name, RESERVED_TOKEN_PARAMS), reserved, name)
})

test('extra parameters are added and never replace ours', () => {
  const extras = [
    ['prompt', 'login'],
    ['ours', 'theirs'],
    ['resource', 'a'],
    ['resource', 'b'],
    ['state', 'evil'],
  ] as const
  assert.deepEqual(mergeParams([['ours', '1']], extras, RESERVED_AUTHORIZE_PARAMS), [
    ['ours', '1'],
    ['prompt', 'login'],
    ['resource', 'a'],
    ['resource', 'b'],
  ])
})

test('the own query of an endpoint is kept byte for byte, less what is given again or reserved', () => {
  const table: [endpoint: string, url: string][] = [
    ['https://p.example/a', 'https://p.example/a?x=1%202'],
    ['https://p.example/a?', 'https://p.example/a?x=1%202'],
    ['https://p.example/a#part', 'https://p.example/a?x=1%202'],
    ['https://p.example/a?t=%7e~%20+;é&&u', 'https://p.example/a?t=%7e~%20+;é&u&x=1%202'],
    ['https://p.example/a?t=a?b=c', 'https://p.example/a?t=a?b=c&x=1%202'],
    ['https://p.example/a?x=0&t=1&%78=2&x', 'https://p.example/a?t=1&x=1%202'],
    ['https://p.example/a?st%61te=evil&t=1', 'https://p.example/a?t=1&x=1%202'],
  ]
  for (const [endpoint, url] of table) {
    assert.equal(withQuery(endpoint, [['x', '1 2']], RESERVED_AUTHORIZE_PARAMS), url, endpoint)
  }
})
