import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revocationRequest, revokeToken } from '../../src/oauth/revocation.js'
import type { Answer, OAuthClient } from '../../src/oauth/types.js'
import { aClient, anAnswer } from './samples.js'

const revocationUrl = 'https://provider.example/revoke'
const clientWith = (changes: Partial<OAuthClient> = {}) => ({ ...aClient(changes), revocationUrl })
const question = { token: 'gho_the-access-token', hint: 'access_token' } as const
const revoke = (answer: Answer) => revokeToken(async () => answer, clientWith(), question)

test('a revocation carries the token, what it is, and who gives it back', () => {
  const { method, url, headers, body } = revocationRequest(clientWith(), question)
  assert.deepEqual([method, url], ['POST', revocationUrl])
  assert.match(headers.Authorization ?? '', /^Basic /)
  assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
    token: 'gho_the-access-token',
    token_type_hint: 'access_token',
  })
  for (const tokenEndpointAuthMethod of ['client_secret_post', 'none'] as const) {
    const form = new URLSearchParams(revocationRequest(clientWith({ tokenEndpointAuthMethod }), question).body)
    assert.equal(form.get('client_id'), 'the-client')
    assert.equal(form.get('client_secret'), tokenEndpointAuthMethod === 'none' ? null : 'the-secret')
  }
})

test('a success is one, whatever is in it', async () => {
  const answers = [
    anAnswer(''),
    anAnswer('', { status: 204, mediaType: '' }),
    anAnswer('<html>', { mediaType: 'text/html' }),
    anAnswer({ error: 'of no meaning' }),
  ]
  for (const answer of answers) await revoke(answer)
})

test('a failure is told by its name and status, and quotes no token', async () => {
  const table: [answer: Answer, fault: object][] = [
    [
      anAnswer({ error: 'unsupported_token_type' }, { status: 400 }),
      { code: 'provider_error', oauthError: 'unsupported_token_type', status: 400 },
    ],
    [
      anAnswer({ error: 'invalid_request', error_description: 'access_token is gone' }, { status: 400 }),
      { code: 'provider_error', said: 'access_token is gone' },
    ],
    [
      anAnswer({ error: 'invalid_request', error_description: `no ${question.token}` }, { status: 400 }),
      { code: 'provider_error', said: undefined },
    ],
    [anAnswer('', { status: 401 }), { message: /client credentials were refused/ }],
    [anAnswer('', { status: 503 }), { code: 'provider_error', status: 503 }],
    [anAnswer('', { status: 307 }), { code: 'provider_malformed', status: 307 }],
  ]
  for (const [answer, fault] of table) await assert.rejects(revoke(answer), fault, answer.body)
})
