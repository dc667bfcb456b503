import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EndSessionRequest, endSessionUrl } from '../../src/oauth/end-session.js'

const ENDPOINT = 'https://op.example/logout'
const aRequest = (changes: Partial<EndSessionRequest> = {}): EndSessionRequest => ({
  ...{ idToken: 'a.b.c', clientId: 'the client', postLogoutRedirectUri: 'https://app.example/signed-out', state: 's' },
  ...changes,
})
const paramsOf = (url: string) => Object.fromEntries(new URL(url).searchParams)

test('oidcc-client-test-rp-init-logout: the provider is told who signs out, who asks, and the callback', () => {
  const url = endSessionUrl(ENDPOINT, aRequest())
  assert.ok(url.startsWith(`${ENDPOINT}?`))
  assert.deepEqual(paramsOf(url), {
    ...{ id_token_hint: 'a.b.c', client_id: 'the client', state: 's' },
    post_logout_redirect_uri: 'https://app.example/signed-out',
  })
})

test('without an ID token the client id says who asks', () => {
  const params = paramsOf(endSessionUrl(ENDPOINT, aRequest({ idToken: undefined })))
  assert.deepEqual([params.id_token_hint, params.client_id], [undefined, 'the client'])
})

test('an endpoint keeps its own query, but none of our parameters twice', () => {
  const url = endSessionUrl(`${ENDPOINT}?policy=b2c_1%5Fx&state=evil&client_id=evil#part`, aRequest())
  assert.ok(url.startsWith(`${ENDPOINT}?policy=b2c_1%5Fx&id_token_hint=`), url)
  assert.ok(!url.includes('evil') && !url.includes('#'))
  assert.ok(!endSessionUrl(`${ENDPOINT}?id_token_hint=evil`, aRequest({ idToken: undefined })).includes('evil'))
})

test('B-52 an endpoint that is none of the standard gets the two parameters that it knows, and nothing else', () => {
  const named = { clientId: 'client_id', postLogoutRedirectUri: 'logout_uri' }
  assert.deepEqual(paramsOf(endSessionUrl(ENDPOINT, aRequest(), named)), {
    ...{ client_id: 'the client', logout_uri: 'https://app.example/signed-out' },
  })
  // A URL that somebody has registered there by hand stays.
  const byHand = endSessionUrl(`${ENDPOINT}?logout_uri=https%3A%2F%2Fapp.example%2F&id_token_hint=x`, aRequest(), named)
  assert.deepEqual(paramsOf(byHand), { client_id: 'the client', logout_uri: 'https://app.example/' })
})

test('an ID token stays at home where the URL would be too long for a server', () => {
  const urlOf = (length: number) => endSessionUrl(ENDPOINT, aRequest({ idToken: 'x'.repeat(length) }))
  const space = 7_000 - endSessionUrl(ENDPOINT, aRequest({ idToken: '' })).length
  assert.equal(urlOf(space).length, 7_000)
  assert.deepEqual(paramsOf(urlOf(space + 1)), paramsOf(endSessionUrl(ENDPOINT, aRequest({ idToken: undefined }))))
})
