import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSettings } from '../../src/config/types.js'
import { isInvalidGrant, ProtocolError } from '../../src/oauth/errors.js'
import { readRefreshResponse, readTokenResponse } from '../../src/oauth/token-response.js'
import { findPreset } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { aResponse } from '../oauth/samples.js'
import { settingsFor } from './samples.js'

function providerOf(name: string, changes: Partial<ProviderSettings> = {}) {
  const preset = findPreset(name)
  assert.ok(preset)
  const provider = createProvider({ ...settingsFor(name, preset), ...changes }, 'http://127.0.0.1:3001')
  assert.ok(provider.protocol !== 'oauth1')
  return provider
}

const over = (body: object, status = 400) => [status, body, true] as const
const notOver = (body: object, status = 400) => [status, body, false] as const

/** How each provider says that a refresh token is good no more, and what sounds alike. */
const TOKEN_RESPONSES: Readonly<Record<string, readonly (readonly [status: number, body: object, isOver: boolean])[]>> =
  {
    github: [
      over({ error: 'bad_refresh_token', error_description: 'The refresh token passed is incorrect or expired.' }, 200),
      notOver({ error: 'incorrect_client_credentials' }, 200),
    ],
    dev: [over({ error: 'bad_refresh_token' }, 200)],
    slack: [
      over({ ok: false, error: 'invalid_refresh_token' }, 200),
      over({ ok: false, error: 'token_revoked' }, 200),
      over({ ok: false, error: 'token_expired' }, 200),
      notOver({ ok: false, error: 'ratelimited' }, 200),
      notOver({ ok: false }, 200),
    ],
    twitch: [
      over({ error: 'Bad Request', status: 400, message: 'Invalid refresh token' }),
      over({ error: 'Unauthorized', status: 401, message: 'Invalid refresh token' }, 401),
      notOver({ error: 'Bad Request', status: 400, message: 'missing client id' }),
    ],
    x: [
      over({ error: 'invalid_request', error_description: 'Value passed for the token was invalid.' }),
      notOver({ error: 'invalid_request', error_description: 'Missing required parameter [client_id].' }),
    ],
    gitea: [
      over({ error: 'unauthorized_client', error_description: 'unable to parse refresh token' }),
      over({ error: 'unauthorized_client', error_description: 'token was already used' }),
      notOver({ error: 'unauthorized_client', error_description: 'invalid client secret' }),
      notOver({ error: 'unauthorized_client', error_description: ['token was already used'] }, 503),
      notOver({ error: 'unauthorized_client', error_description: { toString: 0 } }),
    ],
    google: [over({ error: 'invalid_grant', error_description: 'Token has been expired or revoked.' })],
  }

test('TK-30 each provider is understood when it takes a refresh token no more, in its own words', () => {
  for (const [name, responses] of Object.entries(TOKEN_RESPONSES)) {
    const { readTokenResponse, readRefreshResponse: read } = providerOf(name)
    for (const [status, body, isOver] of responses) {
      assert.throws(
        () => readRefreshResponse(aResponse(body, { status }), { readTokenResponse, readRefreshResponse: read }),
        error => error instanceof ProtocolError && isInvalidGrant(error) === isOver,
        `${name} ${JSON.stringify(body)}`,
      )
    }
  }
})

test('Twitch grants a refresh in the shape in which it grants a code', () => {
  const { readTokenResponse, readRefreshResponse: read } = providerOf('twitch')
  const response = aResponse({ access_token: 'a', token_type: 'bearer', scope: ['openid', 'user:read:email'] })
  const { scope } = readRefreshResponse(response, { readTokenResponse, readRefreshResponse: read })
  assert.deepEqual(scope, ['openid', 'user:read:email'])
})

test('B-15 a list of scopes with something else than texts in it counts as none, and does not prevent the sign-in', () => {
  const { readTokenResponse: read } = providerOf('twitch')
  const response = aResponse({ access_token: 'a', token_type: 'bearer', scope: ['openid', { toString: 0 }] })
  const { accessToken, scope } = readTokenResponse(response, { readTokenResponse: read })
  assert.deepEqual([accessToken, scope], ['a', undefined])
})

test('tokens are given back where the documentation has a place for it by RFC 7009, and renewed where it has one', () => {
  assert.equal(providerOf('gitlab').revocationUrl, 'https://gitlab.com/oauth/revoke')
  assert.equal(
    providerOf('gitlab', { baseUrl: 'https://git.acme.example' }).revocationUrl,
    'https://git.acme.example/oauth/revoke',
  )
  assert.equal(providerOf('twitch').revocationUrl, 'https://id.twitch.tv/oauth2/revoke')
  assert.equal(providerOf('figma').refreshUrl, 'https://api.figma.com/v1/oauth/refresh')
  // Its way is one of its own.
  assert.equal(providerOf('github').revocationUrl, undefined)
})

test('settings take precedence over the preset, and add URLs that the preset does not have', () => {
  const given = {
    refreshUrl: 'https://a.example/refresh',
    revocationUrl: 'https://a.example/revoke',
    endSessionUrl: 'https://a.example/end',
  }
  for (const name of ['figma', 'gitlab', 'google']) {
    const provider = providerOf(name, given)
    assert.deepEqual({ ...provider, ...given }, provider)
  }
})

test('the tokens of another token endpoint, or of another issuer, never go to the URLs of the preset', () => {
  const tokenUrl = 'https://other.example/token'
  assert.equal(providerOf('figma', { tokenUrl }).refreshUrl, undefined)
  assert.equal(providerOf('gitlab', { tokenUrl }).revocationUrl, undefined)
  assert.equal(providerOf('twitch', { tokenUrl }).revocationUrl, undefined)
  assert.equal(providerOf('twitch', { issuer: 'https://other.example' }).revocationUrl, undefined)
  assert.ok(providerOf('gitlab', { tokenUrl: 'https://gitlab.com/oauth/token' }).revocationUrl)
})
