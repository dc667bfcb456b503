import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiUrl, buildApiRequest } from '../../../src/accounts/provider-api/request.js'

const BASE = 'https://api.example.org/v3/'

for (const [path, url] of [
  ['/user/emails', `${BASE}user/emails`],
  ['user/emails', `${BASE}user/emails`],
  ['', BASE],
  ['/', BASE],
  ['?page=2', `${BASE}?page=2`],
  ['/search?q=a+b%20c&sort=x#top', `${BASE}search?q=a+b%20c&sort=x#top`],
  ['/users/a b', `${BASE}users/a%20b`],
  ['/users/é', `${BASE}users/%C3%A9`],
  ['/v1/people:search', `${BASE}v1/people:search`],
  ['/me:photo', `${BASE}me:photo`],
  ['/redirect?to=https://elsewhere.example/../x', `${BASE}redirect?to=https://elsewhere.example/../x`],
  ['/files/.hidden/a..b/...', `${BASE}files/.hidden/a..b/...`],
  ['https://api.example.org/beta/me?x=1', 'https://api.example.org/beta/me?x=1'],
  ['HTTPS://API.example.org:443/me', 'https://api.example.org/me'],
] as const) {
  test(`the path ${JSON.stringify(path)} leads to ${url}`, () => assert.equal(apiUrl(BASE, path), url))
}

for (const path of [
  ...['//elsewhere.example/user', '///elsewhere.example', '\\\\elsewhere.example', '/\\elsewhere.example', '/a\\b'],
  ...['https://elsewhere.example/user', 'https://api.example.org.elsewhere.example/', 'https://api.example.org:8443/'],
  ...['http://api.example.org/v3/user', 'https://ada@api.example.org/', 'https://:x@api.example.org/', 'https:/user'],
  ...['https:user', 'https:\\\\elsewhere.example', 'javascript:alert(1)', 'data:,x', 'file:///etc/passwd', 'me:photo'],
  ...[
    'https://',
    'https://api.example.org@elsewhere.example/',
    'ftp://api.example.org/',
    'blob:https://api.example.org/',
  ],
  ...['../admin', '/..', '/users/../admin', '/users/%2e%2E/admin', '/users/.%2e?x', '/./x', '/users/..#x', '..?x'],
  ...[
    'https://api.example.org/v3/../admin',
    ' /user',
    '/user ',
    '/us\ner',
    '/us\ter',
    '/\r\nHost: x',
    '\u0000',
    '/\ud800',
  ],
]) {
  test(`the path ${JSON.stringify(path)} is refused`, () => {
    assert.throws(() => apiUrl(BASE, path), { message: /^The API at https:\/\/api\.example\.org\/v3\/ is not called/ })
  })
}

test('an API on http, as the development provider has it, is asked on http alone', () => {
  assert.equal(apiUrl('http://127.0.0.1:3001/', 'http://127.0.0.1:3001/user'), 'http://127.0.0.1:3001/user')
  assert.throws(() => apiUrl('http://127.0.0.1:3001/', 'https://127.0.0.1:3001/user'))
})

test('JSON and forms are sent as what they are', () => {
  const sent = (options: Parameters<typeof buildApiRequest>[3]) => {
    const { headers, body } = buildApiRequest(BASE, 'POST', '/x', options)
    return [headers['Content-Type'], body]
  }
  assert.deepEqual(sent({ json: { a: [1, 'é'] } }), ['application/json', '{"a":[1,"é"]}'])
  assert.deepEqual(sent({ json: null }), ['application/json', 'null'])
  assert.deepEqual(sent({ json: '' }), ['application/json', '""'])
  assert.deepEqual(sent({ form: { a: 'b c', d: '&é' } }), ['application/x-www-form-urlencoded', 'a=b+c&d=%26%C3%A9'])
  assert.deepEqual(sent({ form: {} }), ['application/x-www-form-urlencoded', ''])
  assert.deepEqual(sent({}), [undefined, undefined])
})

test('a kind of JSON of its own is the caller to name, and so is what they accept', () => {
  const headers = { 'content-type': 'application/vnd.api+json', accept: 'text/csv' }
  assert.deepEqual(buildApiRequest(BASE, 'PATCH', '/x', { json: {}, headers }).headers, headers)
  assert.deepEqual(buildApiRequest(BASE, 'GET', '/x', {}).headers, { Accept: 'application/json' })
})

test('a form is always a form, so that OAuth 1.0a signs it', () => {
  const { headers } = buildApiRequest(BASE, 'POST', '/x', {
    form: { a: 'b' },
    headers: { 'content-type': 'text/plain' },
  })
  assert.deepEqual(headers, { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' })
})

test('a request has at most one body, and GET none', () => {
  assert.throws(() => buildApiRequest(BASE, 'POST', '/x', { json: {}, form: {} }), { message: /either json or form/ })
  assert.throws(() => buildApiRequest(BASE, 'GET', '/x', { json: {} }), { message: /GET has no body/ })
})

for (const name of [
  'Authorization',
  'HOST',
  'cookie',
  'Content-Length',
  'transfer-encoding',
  'Connection',
  'Upgrade',
]) {
  test(`the header ${name} is not the caller's to set`, () => {
    assert.throws(() => buildApiRequest(BASE, 'GET', '/x', { headers: { [name]: 'x' } }), { message: new RegExp(name) })
  })
}
