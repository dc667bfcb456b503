import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpResponse } from '../../src/http/types.js'
import { tokenRequest } from '../../src/oauth/token.js'
import { readTokenResponse } from '../../src/oauth/token-response.js'
import type { JsonObject, OAuthClient } from '../../src/oauth/types.js'
import { findPreset } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { aResponse } from '../oauth/samples.js'
import { SAMPLE_USERS } from './sample-users.js'
import { apiOf, settingsFor } from './samples.js'

/** A preset as the protocol sees it, with an OpenID provider's endpoints found. */
function clientOf(name: string): OAuthClient {
  const preset = findPreset(name)
  assert.ok(preset)
  const provider = createProvider(settingsFor(name, preset), 'http://127.0.0.1:3001')
  assert.ok(provider.protocol !== 'oauth1')
  const found = { authorizeUrl: 'https://p.example/a', tokenUrl: 'https://p.example/t', userUrl: 'https://p.example/u' }
  return provider.protocol === 'oauth2' ? provider : { ...provider, ...found }
}

const GRANTED = { access_token: 'sesame', token_type: 'Bearer', expires_in: 3600 }
const read = (name: string, response: HttpResponse) => readTokenResponse(response, clientOf(name))

/** As each provider refuses a code that is spent or was never good. */
const REFUSALS: readonly [name: string, status: number, body: JsonObject, providerMessage: string | undefined][] = [
  [
    'github',
    200,
    { error: 'bad_verification_code', error_description: 'The code is incorrect.' },
    'The code is incorrect.',
  ],
  ['google', 400, { error: 'invalid_grant', error_description: 'Bad Request' }, 'Bad Request'],
  [
    'microsoft',
    400,
    { error: 'invalid_grant', error_description: 'AADSTS54005: redeemed', error_codes: [54005], trace_id: '1' },
    'AADSTS54005: redeemed',
  ],
  ['apple', 400, { error: 'invalid_grant' }, undefined],
  [
    'facebook',
    400,
    { error: { message: 'This code has been used.', type: 'OAuthException', code: 100, fbtrace_id: 'A' } },
    'This code has been used.',
  ],
  ['gitlab', 400, { error: 'invalid_grant', error_description: 'The grant is invalid.' }, 'The grant is invalid.'],
  ['discord', 400, { error: 'invalid_grant', error_description: 'Invalid "code".' }, 'Invalid "code".'],
  ['slack', 200, { ok: false, error: 'invalid_code' }, undefined],
  ['slack', 200, { ok: false }, undefined],
  ['linkedin', 400, { error: 'invalid_request', error_description: 'Code expired' }, 'Code expired'],
  ['x', 400, { error: 'invalid_request', error_description: 'Value passed was invalid.' }, 'Value passed was invalid.'],
  ['keycloak', 400, { error: 'invalid_grant', error_description: 'Code not valid' }, 'Code not valid'],
  [
    'auth0',
    403,
    { error: 'invalid_grant', error_description: 'Invalid authorization code' },
    'Invalid authorization code',
  ],
  ['okta', 400, { error: 'invalid_grant', error_description: 'The code is invalid.' }, 'The code is invalid.'],
  ['twitch', 400, { status: 400, message: 'Invalid authorization code' }, 'Invalid authorization code'],
  ['reddit', 200, { error: 'invalid_grant' }, undefined],
]

test('each provider is understood when it refuses a code, in its own words', () => {
  for (const [name, status, body, providerMessage] of REFUSALS) {
    assert.throws(() => read(name, aResponse(body, { status })), { code: 'provider_error', providerMessage }, name)
  }
})

test('wrong client credentials are reported as such, also where the provider has its own error codes', () => {
  const facebook = { error: { message: 'Error validating client secret.', type: 'OAuthException', code: 1 } }
  assert.throws(() => read('facebook', aResponse(facebook, { status: 400 })), /error oauth_exception/)
  const github = { error: 'incorrect_client_credentials' }
  assert.throws(() => read('github', aResponse(github)), /client credentials were refused/)
  for (const name of ['google', 'keycloak', 'linkedin', 'x']) {
    const response = aResponse({ error: 'invalid_client' }, { status: 401 })
    assert.throws(() => read(name, response), /client credentials were refused/, name)
  }
})

test('each provider is understood when it grants, in its own shape', () => {
  const scopes: [name: string, body: JsonObject, scope: string[] | undefined][] = [
    ['github', { ...GRANTED, scope: 'read:user,user:email' }, ['read:user', 'user:email']],
    ['slack', { ...GRANTED, ok: true }, undefined],
    [
      'twitch',
      { ...GRANTED, token_type: 'bearer', scope: ['openid', 'user:read:email'] },
      ['openid', 'user:read:email'],
    ],
    ['tiktok', { ...GRANTED, open_id: 'a', scope: 'user.info.basic' }, ['user.info.basic']],
    ['facebook', { ...GRANTED, token_type: 'bearer' }, undefined],
  ]
  for (const [name, body, scope] of scopes) {
    const tokens = read(name, aResponse(body))
    assert.deepEqual([tokens.accessToken, tokens.scope], ['sesame', scope], name)
  }
})

test('a reshaped answer is still held to the standard', () => {
  for (const name of ['slack', 'twitch', 'facebook']) {
    assert.throws(() => read(name, aResponse({ token_type: 'Bearer' })), { code: 'provider_malformed' }, name)
    assert.throws(
      () => read(name, aResponse('<html>', { mediaType: 'text/html' })),
      { code: 'provider_malformed' },
      name,
    )
  }
})

test('each provider gets the token request that it expects', () => {
  const request = { code: 'the-code', codeVerifier: 'v'.repeat(43), redirectUri: 'https://app.example/cb' }
  const asked = (name: string) => tokenRequest(clientOf(name), request)
  const notion = asked('notion')
  assert.equal(notion.headers['Content-Type'], 'application/json')
  assert.ok(notion.headers['Notion-Version'] && notion.headers.Authorization?.startsWith('Basic '))
  assert.deepEqual(JSON.parse(notion.body ?? ''), {
    ...{ grant_type: 'authorization_code', code: 'the-code', redirect_uri: 'https://app.example/cb' },
  })
  const tiktok = new URLSearchParams(asked('tiktok').body)
  assert.deepEqual([tiktok.get('client_key'), tiktok.get('client_id')], ['the-client', null])
  assert.ok(tiktok.get('code_verifier') && tiktok.get('client_secret'))
  assert.match(asked('reddit').headers['User-Agent'] ?? '', /vestibule/)
  for (const name of ['linkedin', 'discord', 'slack', 'facebook']) {
    assert.equal(new URLSearchParams(asked(name).body).has('code_verifier'), false, name)
  }
})

test('an error in the shape of a profile signs in no user', async () => {
  const table: [name: string, user: JsonObject, code: string][] = [
    ['flickr', { stat: 'fail', code: 98, message: 'Invalid auth token' }, 'provider_error'],
    ['x', { errors: [{ title: 'Forbidden' }] }, 'provider_malformed'],
    ['linear', { data: null, errors: [{ message: 'no' }] }, 'provider_malformed'],
    ['facebook', { error: { message: 'expired', type: 'OAuthException', code: 190 } }, 'provider_malformed'],
    ['tiktok', { data: {}, error: { code: 'access_token_invalid' } }, 'provider_malformed'],
    ['discord', { message: '401: Unauthorized', code: 0 }, 'provider_malformed'],
  ]
  for (const [name, user, code] of table) {
    await assert.rejects(async () => findPreset(name)?.readProfile(user, apiOf()), { code }, name)
  }
})

test('an account that is blocked or locked at GitLab does not sign in', async () => {
  const gitlab = findPreset('gitlab')
  const user = SAMPLE_USERS.gitlab?.user ?? {}
  for (const bad of [
    { state: 'blocked' },
    { state: 'ldap_blocked' },
    { state: 'banned' },
    { locked: true },
    { state: 1 },
  ]) {
    const attempt = async () => gitlab?.readProfile({ ...user, ...bad }, apiOf())
    await assert.rejects(attempt, { code: 'provider_denied' }, JSON.stringify(bad))
  }
})
