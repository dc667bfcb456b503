import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Params } from '../../../src/http/types.js'
import {
  baseStringUri,
  normalizeParams,
  percentEncode,
  signatureBaseString,
} from '../../../src/oauth/oauth1/base-string.js'
import { REQUESTS, type RequestVector, vectorBaseString } from './vectors.js'

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' }

const ENCODED: readonly [text: string, encoded: string][] = [
  ['abcABC123', 'abcABC123'],
  ['-._~', '-._~'],
  ['%', '%25'],
  ['+', '%2B'],
  ['&=*', '%26%3D%2A'],
  ["!'()", '%21%27%28%29'],
  ['\n', '%0A'],
  [' ', '%20'],
  ['\x7f', '%7F'],
  ['\u0080', '%C2%80'],
  ['\u3001', '%E3%80%81'],
  ['\u{1d11e}', '%F0%9D%84%9E'],
  ['☃', '%E2%98%83'],
  ['\ud800', '%EF%BF%BD'],
]

for (const [text, encoded] of ENCODED)
  test(`O1-09 ${JSON.stringify(text)} is encoded as ${encoded}`, () => assert.equal(percentEncode(text), encoded))

const params = (query: string): Params => [...new URLSearchParams(query)]

const NORMALIZED: readonly [params: Params, normalized: string][] = [
  [params('name'), 'name='],
  [params('a=b'), 'a=b'],
  [params('c=d&a=b'), 'a=b&c=d'],
  [params('a=x!y&a=x+y'), 'a=x%20y&a=x%21y'],
  [params('x!y=a&x=a'), 'x=a&x%21y=a'],
  [params('z=t&f=a&z=p&f=50&c=hi%20there&f=25&a=1'), 'a=1&c=hi%20there&f=25&f=50&f=a&z=p&z=t'],
  [
    [
      ['a', '1'],
      ['A', '2'],
      ['a!', '3'],
      ['a b', '4'],
      ['a+b', '5'],
      ['ä', '6'],
      ['aa', '7'],
      ['_', '8'],
      ['~', '9'],
    ],
    '%C3%A4=6&A=2&_=8&a=1&a%20b=4&a%21=3&a%2Bb=5&aa=7&~=9',
  ],
  [params('a1=x&a=x'), 'a=x&a1=x'],
  [params('a=ä&a=b&a=B&a=~&a='), 'a=&a=%C3%A4&a=B&a=b&a=~'],
  [[], ''],
]

for (const [params, normalized] of NORMALIZED)
  test(`O1-10 parameters are sorted by their encoded bytes: ${normalized}`, () => {
    assert.equal(normalizeParams(params), normalized)
    assert.equal(normalizeParams(params.toReversed()), normalized)
  })

const URIS: readonly [url: string, uri: string][] = [
  ['http://EXAMPLE.COM:80/r v/X?id=123', 'http://example.com/r%20v/X'],
  ['http://example.com/r%20v/X', 'http://example.com/r%20v/X'],
  ['https://www.example.net:8080/?q=1', 'https://www.example.net:8080/'],
  ['http://www.example.com', 'http://www.example.com/'],
  ['https://www.example.com:443/', 'https://www.example.com/'],
  ['http://www.example.com:80/', 'http://www.example.com/'],
  ['http://www.example.com:/', 'http://www.example.com/'],
  ['HTTP://www.example.com:443/', 'http://www.example.com:443/'],
  ['HTTPS://www.example.com:80/', 'https://www.example.com:80/'],
  ['https://[123:db8:fd00:1000::5]:13000/', 'https://[123:db8:fd00:1000::5]:13000/'],
  ['https://example.com/path?foo=bar', 'https://example.com/path'],
  ['https://example.com/path#fragment', 'https://example.com/path'],
]

for (const [url, uri] of URIS)
  test(`O1-12 O1-13 the URL ${url} is signed as ${uri}`, () => assert.equal(baseStringUri(url), uri))

const NO_URIS = [
  'http://eg.com:0',
  'http://eg.com:-1',
  'http://eg.com:65536',
  'http://eg.com:3.14',
  'http://eg.com:BAD',
]
const NO_HTTP = [
  'http:',
  'http:example.com',
  'http:/example.com',
  'example.com',
  '',
  'ftp://example.com',
  '//example.com',
]

for (const url of [...NO_URIS, ...NO_HTTP])
  test(`O1-13 what is not an http or https URL cannot be signed: ${JSON.stringify(url)}`, () => {
    assert.throws(() => baseStringUri(url), /Only an http or https URL can be signed/)
    assert.throws(() => signatureBaseString({ method: 'GET', url, headers: {} }, []), /Only an http/)
  })

for (const vector of REQUESTS)
  test(`the base string is the known one: ${vector.name}`, () =>
    assert.equal(vectorBaseString(vector), vector.baseString))

test('the method is signed in upper case', () => {
  for (const method of ['post', 'pOST'])
    assert.equal(
      signatureBaseString({ method, url: 'http://example.com/', headers: {} }, []),
      'POST&http%3A%2F%2Fexample.com%2F&',
    )
})

test('O1-12 the query of an endpoint is decoded and encoded anew', () => {
  const signed = (query: string) =>
    signatureBaseString({ method: 'GET', url: `https://p.example/?${query}`, headers: {} }, [])
  const expected = (text: string) => `GET&https%3A%2F%2Fp.example%2F&${text}`
  assert.equal(signed('b5=%3D%253D'), expected('b5%3D%253D%25253D'))
  for (const query of ['a=x%20y', 'a=x+y', 'a=x y']) assert.equal(signed(query), expected('a%3Dx%2520y'), query)
  for (const query of ['a=%C3%A4', 'a=%c3%a4', 'a=ä']) assert.equal(signed(query), expected('a%3D%25C3%25A4'), query)
  assert.equal(signed('?a=1#b=2'), expected('%253Fa%3D1'))
})

test('O1-14 a form is signed, and JSON, multipart and a body without a type are not', () => {
  const url = 'https://p.example/'
  const signed = (headers: Record<string, string>, body = 'a=1&b=x+y') =>
    signatureBaseString({ method: 'POST', url, headers, body }, [])
  const none = 'POST&https%3A%2F%2Fp.example%2F&'
  const all = `${none}a%3D1%26b%3Dx%2520y`
  assert.equal(signed(FORM), all)
  assert.equal(signed({ 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' }), all)
  for (const type of [
    'application/json',
    'multipart/form-data; boundary=a',
    'application/x-www-form-urlencoded-not',
    '',
  ])
    assert.equal(signed({ 'Content-Type': type }), none, type)
  assert.equal(signed({}), none)
  assert.equal(signed(FORM, '?a=1'), `${none}%253Fa%3D1`)
})

test('O1-16 the realm of the header is not signed, nor is the signature itself; a parameter of the query is', () => {
  const request: RequestVector = {
    name: '',
    method: 'GET',
    url: 'http://example.com/?realm=q',
    params: [],
    baseString: '',
  }
  const expected = 'GET&http%3A%2F%2Fexample.com%2F&oauth_nonce%3Dn%26realm%3Dq'
  const params = [
    ['realm', 'Example'],
    ['oauth_nonce', 'n'],
    ['oauth_signature', 's'],
  ] as const
  assert.equal(vectorBaseString({ ...request, params }), expected)
})
