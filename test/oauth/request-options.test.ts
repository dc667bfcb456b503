import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildAuthorizationUrl } from '../../src/oauth/authorize.js'
import { exchangeCode, tokenRequest } from '../../src/oauth/token.js'
import { readTokenResponse } from '../../src/oauth/token-response.js'
import { apiRequest, userRequest } from '../../src/oauth/userinfo.js'
import { aClient, aResponse } from './samples.js'

const PARAMS = { code: 'the-code-of-this-sign-in', codeVerifier: 'v'.repeat(43), redirectUri: 'https://a.example/cb' }

test('scopes are separated as the provider wants it, and a blank is %20', () => {
  const scopeOf = (scopeSeparator?: ',') =>
    /scope=([^&]*)/.exec(buildAuthorizationUrl(aClient({ scopeSeparator }), { ...PARAMS, state: 's' }))?.[1]
  assert.equal(scopeOf(), 'read%3Auser%20user%3Aemail')
  assert.equal(scopeOf(','), 'read%3Auser%2Cuser%3Aemail')
})

test('a client id of another name stands at both endpoints, and not under its usual name', () => {
  const client = aClient({ clientIdParam: 'client_key', tokenEndpointAuthMethod: 'client_secret_post' })
  const url = new URL(buildAuthorizationUrl(client, { ...PARAMS, state: 's' }))
  const body = new URLSearchParams(tokenRequest(client, PARAMS).body)
  for (const params of [url.searchParams, body]) {
    assert.deepEqual([params.get('client_key'), params.has('client_id')], ['the-client', false])
  }
})

test('a token request in JSON holds the same as the form', () => {
  const form = tokenRequest(aClient(), PARAMS)
  const json = tokenRequest(aClient({ tokenRequestForm: 'json' }), PARAMS)
  assert.equal(json.headers['Content-Type'], 'application/json')
  assert.deepEqual(JSON.parse(json.body ?? ''), Object.fromEntries(new URLSearchParams(form.body)))
  assert.equal(json.headers.Authorization, form.headers.Authorization)
})

test('further headers never take the place of the proof or of the media type', () => {
  const tokenHeaders = { Authorization: 'none', 'Content-Type': 'text/plain', 'X-Version': '1' }
  const { headers } = tokenRequest(aClient({ tokenHeaders }), PARAMS)
  assert.equal(headers['X-Version'], '1')
  assert.equal(headers['Content-Type'], 'application/x-www-form-urlencoded')
  assert.match(headers.Authorization ?? '', /^Basic /)
  assert.equal(apiRequest('https://p.example/', 't', { Authorization: 'none' }).headers.Authorization, 'Bearer t')
})

test('the user endpoint is asked by POST where the provider wants that', () => {
  const manners = { apiHeaders: { 'X-A': '1' }, userRequest: { method: 'POST', headers: { 'X-B': '2' } } } as const
  const request = userRequest('https://p.example/me', 't', manners)
  assert.deepEqual([request.method, request.body], ['POST', ''])
  assert.deepEqual([request.headers['X-A'], request.headers['X-B']], ['1', '2'])
})

test('a reshaped answer is judged like any other, errors first', () => {
  const reshape = aClient({ readTokenResponse: fields => ({ ...fields, token_type: 'Bearer' }) })
  assert.equal(readTokenResponse(aResponse({ access_token: 'sesame' }), reshape).accessToken, 'sesame')
  const refusal = aClient({ readTokenResponse: () => ({ error: 'invalid_grant', access_token: 'sesame' }) })
  assert.throws(() => readTokenResponse(aResponse({ access_token: 'sesame' }), refusal), { code: 'provider_error' })
})

test('HD-10 an answer that quotes a code sent as JSON is told without the words of the provider', async () => {
  const body = { error: 'invalid_grant', error_description: `No such code: ${PARAMS.code}` }
  const attempt = exchangeCode(
    async () => aResponse(body, { status: 400 }),
    aClient({ tokenRequestForm: 'json' }),
    PARAMS,
  )
  await assert.rejects(attempt, { code: 'provider_error', providerMessage: undefined })
})
