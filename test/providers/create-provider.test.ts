import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSettings } from '../../src/config/types.js'
import { findPreset } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import type { OAuth2Provider } from '../../src/providers/provider.js'
import { githubProfile, githubRepositories } from '../../src/providers/quirks/github.js'
import { customSettings, someSettings } from './samples.js'

const BASE = 'http://127.0.0.1:3001'

test('a preset stands where the settings say nothing', () => {
  const { readProfile, readRepositories, readRefreshResponse, findSwitchParams, ...data } = createProvider(
    someSettings(),
    BASE,
  ) as OAuth2Provider
  assert.equal(readRefreshResponse?.({ error: 'bad_refresh_token' }).error, 'invalid_grant')
  assert.deepEqual(findSwitchParams(), [['prompt', 'select_account']])
  assert.deepEqual([readProfile, readRepositories], [githubProfile, githubRepositories])
  assert.deepEqual(data, {
    name: 'github',
    label: 'GitHub',
    protocol: 'oauth2',
    callbackPath: '/oauth/github/callback',
    clientId: 'the-client',
    clientSecret: 'the-secret',
    issuer: 'https://github.com/login/oauth',
    authorizeUrl: 'https://github.com/login/oauth/authorize',
    tokenUrl: 'https://github.com/login/oauth/access_token',
    ...{ refreshUrl: undefined, revocationUrl: undefined, endSessionUrl: undefined },
    userUrl: 'https://api.github.com/user',
    apiBaseUrl: 'https://api.github.com/',
    scope: ['read:user', 'user:email'],
    tokenEndpointAuthMethod: 'client_secret_post',
    pkce: true,
    authorizeParams: [],
    tokenParams: [],
    refreshParams: [],
  })
})

test('settings win over the preset', () => {
  const wishes: Partial<ProviderSettings> = {
    authorizeUrl: 'https://ghes.example/login/oauth/authorize?x=%7e',
    tokenUrl: 'https://ghes.example/login/oauth/access_token',
    userUrl: 'https://ghes.example/api/v3/user',
    scope: [],
    tokenEndpointAuthMethod: 'client_secret_basic',
    label: 'Work',
    pkce: false,
    authorizeParams: [['prompt', 'login']],
    tokenParams: [['audience', 'api']],
  }
  const provider = createProvider(someSettings(wishes), BASE)
  assert.deepEqual({ ...provider, ...wishes }, provider)
  assert.equal(provider.apiBaseUrl, 'https://ghes.example/api/v3/')
})

test('MX-01 the issuer of a preset is expected only at its own address', () => {
  const issuerAt = (authorizeUrl: string | undefined) => createProvider(someSettings({ authorizeUrl }), BASE).issuer
  assert.equal(issuerAt(undefined), 'https://github.com/login/oauth')
  assert.equal(issuerAt('https://github.com/login/oauth/authorize'), 'https://github.com/login/oauth')
  assert.equal(issuerAt('https://ghes.example/login/oauth/authorize'), undefined)
})

test('API paths start at the setting, or in the folder of the user endpoint, always behind a slash', () => {
  const baseOf = (apiBaseUrl: string | undefined) => createProvider(customSettings({ apiBaseUrl }), BASE).apiBaseUrl
  assert.equal(baseOf(undefined), 'https://acme.example/api/v1/')
  assert.equal(baseOf('https://api.acme.example/v2'), 'https://api.acme.example/v2/')
  assert.equal(baseOf('https://api.acme.example/v2/'), 'https://api.acme.example/v2/')
})

test('the development provider is found where it listens, and needs no credentials', () => {
  const settings = someSettings({ name: 'dev', preset: 'dev', clientId: undefined, clientSecret: undefined })
  const provider = createProvider(settings, BASE)
  assert.equal(provider.authorizeUrl, `${BASE}/login/oauth/authorize`)
  assert.equal(provider.tokenUrl, `${BASE}/login/oauth/access_token`)
  assert.equal(provider.userUrl, `${BASE}/user`)
  assert.equal(provider.apiBaseUrl, `${BASE}/`)
  assert.equal(provider.issuer, undefined)
  assert.ok(provider.clientId && provider.clientSecret)
  assert.ok(!('development' in provider))
})

test('only the development provider has built-in credentials', () => {
  assert.throws(() => createProvider(someSettings({ clientId: undefined }), BASE), /github has no client id/)
  assert.equal(createProvider(someSettings({ clientSecret: undefined }), BASE).clientSecret, undefined)
})

test('a custom provider is made of settings alone', () => {
  const provider = createProvider(customSettings(), BASE)
  assert.ok(provider.protocol === 'oauth2')
  const { label, issuer, scope, tokenEndpointAuthMethod } = provider
  assert.deepEqual([label, issuer, scope, tokenEndpointAuthMethod], ['acme', undefined, [], 'client_secret_basic'])
  assert.equal(createProvider(customSettings({ label: 'Acme' }), BASE).label, 'Acme')
})

test('a name that is no preset finds none, however special', () => {
  for (const preset of ['myspace', 'constructor', '__proto__', 'toString', '']) {
    assert.equal(findPreset(preset), undefined)
    assert.throws(() => createProvider(someSettings({ preset }), BASE), /There is no preset/)
  }
})
