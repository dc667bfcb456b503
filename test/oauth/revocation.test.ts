import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpResponse } from '../../src/http/types.js'
import { revocationRequest, revokeToken } from '../../src/oauth/token.js'
import type { OAuthClient } from '../../src/oauth/types.js'
import { aClient, aResponse } from './samples.js'

const revocationUrl = 'https://provider.example/revoke'
const clientWith = (changes: Partial<OAuthClient> = {}) => ({ ...aClient(changes), revocationUrl })
const params = { token: 'gho_the-access-token', hint: 'access_token' } as const
const revoke = (response: HttpResponse) => revokeToken(async () => response, clientWith(), params)

test('a revocation carries the token, what it is, and who gives it back', () => {
  const { method, url, headers, body } = revocationRequest(clientWith(), params)
  assert.deepEqual([method, url], ['POST', revocationUrl])
  assert.match(headers.Authorization ?? '', /^Basic /)
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    token: 'gho_the-access-token',
    token_type_hint: 'access_token',
  })
  for (const tokenEndpointAuthMethod of ['client_secret_post', 'none'] as const) {
    const form = new URLSearchParams(revocationRequest(clientWith({ tokenEndpointAuthMethod }), params).body)
    assert.equal(form.get('client_id'), 'the-client')
    assert.equal(form.get('client_secret'), tokenEndpointAuthMethod === 'none' ? null : 'the-secret')
  }
})

test('a success is one, whatever is in it', async () => {
  const responses = [
    aResponse(''),
    aResponse('', { status: 204, mediaType: '' }),
    aResponse('<html>', { mediaType: 'text/html' }),
    aResponse({ error: 'of no meaning' }),
  ]
  for (const response of responses) await revoke(response)
})

test('a failure is told by its name and status, and quotes no token', async () => {
  const table: [response: HttpResponse, expectedError: object][] = [
    [
      aResponse({ error: 'unsupported_token_type' }, { status: 400 }),
      { code: 'provider_error', oauthError: 'unsupported_token_type', status: 400 },
    ],
    [
      aResponse({ error: 'invalid_request', error_description: 'access_token is gone' }, { status: 400 }),
      { code: 'provider_error', providerMessage: 'access_token is gone' },
    ],
    [
      aResponse({ error: 'invalid_request', error_description: `no ${params.token}` }, { status: 400 }),
      { code: 'provider_error', providerMessage: undefined },
    ],
    [aResponse('', { status: 401 }), { message: /client credentials were refused/ }],
    [aResponse('', { status: 503 }), { code: 'provider_error', status: 503 }],
    [aResponse('', { status: 307 }), { code: 'provider_malformed', status: 307 }],
  ]
  for (const [response, expectedError] of table) await assert.rejects(revoke(response), expectedError, response.body)
})
