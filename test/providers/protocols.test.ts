import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSettings } from '../../src/config/types.js'
import { buildAuthorizationUrl } from '../../src/oauth/authorize.js'
import { userRequest } from '../../src/oauth/userinfo.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { customSettings, someSettings } from './samples.js'

const ORIGIN = 'http://127.0.0.1:3001'

function oidc(changes: Partial<ProviderSettings>) {
  const provider = createProvider(someSettings({ protocol: 'oidc', ...changes }), ORIGIN)
  assert.ok(provider.protocol === 'oidc')
  return provider
}
const preset = (name: string, changes: Partial<ProviderSettings> = {}) => oidc({ name, preset: name, ...changes })

function oauth1(changes: Partial<ProviderSettings>) {
  const provider = createProvider(someSettings({ protocol: 'oauth1', ...changes }), ORIGIN)
  assert.ok(provider.protocol === 'oauth1')
  return provider
}

function oauth2(changes: Partial<ProviderSettings>) {
  const provider = createProvider(someSettings(changes), ORIGIN)
  assert.ok(provider.protocol === 'oauth2')
  return provider
}

test('a custom OpenID provider is an issuer, and all else is to be discovered', () => {
  const issuer = 'https://id.acme.example/realms/main/'
  const { readProfile, findSwitchParams, ...data } = oidc({ name: 'acme', preset: undefined, issuer })
  assert.deepEqual(findSwitchParams(), [['prompt', 'select_account']])
  assert.ok(readProfile({ sub: 'a' }, async () => ({})))
  assert.deepEqual(data, {
    ...{ name: 'acme', label: 'acme', protocol: 'oidc', callbackPath: '/oauth/github/callback', issuer },
    ...{ clientId: 'the-client', clientSecret: 'the-secret', tokenEndpointAuthMethod: 'client_secret_basic' },
    ...{ refreshUrl: undefined, revocationUrl: undefined, endSessionUrl: undefined, refreshParams: [] },
    ...{ authorizeUrl: undefined, tokenUrl: undefined, userUrl: undefined, jwksUrl: undefined, apiBaseUrl: issuer },
    ...{ scope: ['openid', 'profile', 'email'], authorizeParams: [], tokenParams: [], pkce: true, nonce: 'echoed' },
    ...{
      discoveryUrl: undefined,
      responseMode: 'query',
      authMethodGiven: false,
      maxAge: undefined,
      acrValues: undefined,
      idTokenAlgs: undefined,
      audiences: undefined,
    },
  })
  assert.throws(() => oidc({ name: 'acme', preset: undefined }), /acme has no preset and lacks a URL/)
})

test('CF-05 openid is part of the scope for every setting', () => {
  assert.deepEqual(preset('google', { scope: ['email'] }).scope, ['openid', 'email'])
  assert.deepEqual(preset('google', { scope: ['email', 'openid'] }).scope, ['email', 'openid'])
})

test('endpoints given by hand win over what is discovered, and the rest stays open', () => {
  const urls = { authorizeUrl: 'https://a.example/a', userUrl: 'https://a.example/u', jwksUrl: 'https://a.example/k' }
  const provider = preset('google', urls)
  assert.deepEqual({ ...provider, ...urls }, provider)
  assert.equal(provider.tokenUrl, undefined)
})

test('B-40 a user endpoint that the settings leave out is left out, also where the preset has one', () => {
  assert.equal(preset('google', { userUrl: null }).userUrl, null)
  assert.equal(preset('google').userUrl, undefined)
})

test('B-52 Cognito ends sessions with parameters of its own, wherever its issuer is set', () => {
  const params = { clientId: 'client_id', postLogoutRedirectUri: 'logout_uri' }
  assert.deepEqual(preset('cognito', { baseUrl: 'https://cognito.example/pool' }).endSessionParams, params)
  assert.deepEqual(preset('cognito', { issuer: 'https://cognito.example/pool' }).endSessionParams, params)
  assert.equal(preset('auth0', { baseUrl: 'https://acme.eu.auth0.com' }).endSessionParams, undefined)
})

test("a server of one's own is found by its base or by its issuer, to the letter", () => {
  const base = (name: string, baseUrl: string) => preset(name, { baseUrl }).issuer
  assert.equal(base('keycloak', 'https://id.acme.example/realms/a'), 'https://id.acme.example/realms/a')
  assert.equal(base('auth0', 'https://acme.eu.auth0.com'), 'https://acme.eu.auth0.com/')
  assert.equal(base('okta', 'https://acme.okta.com'), 'https://acme.okta.com')
  assert.equal(
    preset('okta', { issuer: 'https://acme.okta.com/oauth2/default' }).issuer,
    'https://acme.okta.com/oauth2/default',
  )
  assert.throws(() => preset('keycloak'), /There is no value for \{base\}/)
})

test('MX-01 what a preset says about its own issuer does not hold for another one', () => {
  const google = preset('google', { issuer: 'https://id.evil.example' })
  assert.equal(google.issuerAlias, undefined)
  const microsoft = preset('microsoft', { issuer: 'https://id.evil.example' })
  assert.deepEqual([microsoft.issuerOf, microsoft.discoveryIssuer], [undefined, undefined])
})

test('the presets of LinkedIn and Apple differ where these providers do', () => {
  const linkedin = preset('linkedin')
  assert.deepEqual([linkedin.nonce, linkedin.pkce, linkedin.responseMode], ['never echoed', false, 'query'])
  assert.deepEqual([preset('slack').nonce, preset('google').pkce], ['echoed', true])
  assert.equal(preset('linkedin', { nonce: true }).nonce, 'echoed')
  assert.equal(preset('linkedin', { pkce: true }).pkce, true)
  assert.equal(preset('google', { nonce: false }).nonce, 'never echoed')
})

test("GitHub Enterprise Server and GitLab of one's own are where BASE_URL says, API and issuer included", () => {
  const ghes = oauth2({ baseUrl: 'https://git.acme.example' })
  assert.equal(ghes.authorizeUrl, 'https://git.acme.example/login/oauth/authorize')
  assert.equal(ghes.userUrl, 'https://git.acme.example/api/v3/user')
  assert.equal(ghes.apiBaseUrl, 'https://git.acme.example/api/v3/')
  assert.equal(ghes.issuer, 'https://git.acme.example/login/oauth')
  const gitlab = oauth2({ name: 'gitlab', preset: 'gitlab', baseUrl: 'https://git.acme.example/code' })
  assert.equal(gitlab.tokenUrl, 'https://git.acme.example/code/oauth/token')
  assert.equal(oauth2({ name: 'gitlab', preset: 'gitlab' }).userUrl, 'https://gitlab.com/api/v4/user')
})

test('a custom OAuth 1.0a provider is its four URLs', () => {
  const custom = customSettings({ requestTokenUrl: 'https://acme.example/initiate', protocol: 'oauth1' })
  const provider = oauth1({ ...custom, requestTokenParams: [['x_auth_access_type', 'read']] })
  assert.equal(provider.requestTokenUrl, 'https://acme.example/initiate')
  assert.equal(provider.signatureMethod, 'HMAC-SHA1')
  assert.equal(provider.privateKey, undefined)
  assert.deepEqual(provider.requestTokenParams, [['x_auth_access_type', 'read']])
  assert.throws(() => oauth1(customSettings({ protocol: 'oauth1' })), /lacks a URL/)
})

test('Trello and Flickr carry the scope on the authorize URL, under names of their own', () => {
  assert.deepEqual(oauth1({ name: 'trello', preset: 'trello', scope: ['read', 'account'] }).authorizeParams, [
    ['name', 'Vestibule'],
    ['scope', 'read,account'],
  ])
  assert.deepEqual(oauth1({ name: 'flickr', preset: 'flickr' }).authorizeParams, [['perms', 'read']])
  assert.equal(oauth1({ name: 'flickr', preset: 'flickr' }).subjectParam, 'user_nsid')
})

test('the protocols of the development provider have URLs where it listens', () => {
  assert.equal(preset('dev-oidc', { clientId: undefined }).issuer, `${ORIGIN}/oidc`)
  const devProvider = oauth1({ name: 'dev-oauth1', preset: 'dev-oauth1', clientId: undefined })
  assert.deepEqual(
    [devProvider.requestTokenUrl, devProvider.authorizeUrl, devProvider.tokenUrl, devProvider.userUrl],
    ['request_token', 'authorize', 'access_token', 'user'].map(path => `${ORIGIN}/oauth1/${path}`),
  )
  assert.ok(devProvider.clientId && devProvider.clientSecret)
})

test('a setting replaces the same parameter of the preset, and is added to the others', () => {
  const authorizeParams: [string, string][] = [
    ['prompt', 'login'],
    ['x', '1'],
  ]
  assert.deepEqual(oauth2({ name: 'atlassian', preset: 'atlassian', authorizeParams }).authorizeParams, [
    ['audience', 'api.atlassian.com'],
    ['prompt', 'login'],
    ['x', '1'],
  ])
})

test('people are sent to each provider with what that one understands', () => {
  const request = { state: 's', codeVerifier: 'v'.repeat(43), redirectUri: 'https://app.example/cb' }
  const sent = (name: string) => buildAuthorizationUrl(oauth2({ name, preset: name }), request)
  assert.match(sent('tiktok'), /client_key=the-client/)
  assert.doesNotMatch(sent('tiktok'), /client_id/)
  assert.match(sent('facebook'), /scope=email%2Cpublic_profile/)
  assert.match(sent('x'), /scope=users.read%20tweet.read%20users.email/)
  assert.match(sent('notion'), /owner=user/)
  assert.doesNotMatch(sent('notion'), /scope/)
  assert.doesNotMatch(sent('discord'), /code_challenge/)
})

test('the user endpoint gets the request that each provider expects, and the token is always in the header', () => {
  const asked = (name: string) => {
    const provider = oauth2({ name, preset: name })
    return userRequest(provider.userUrl, 'sesame', provider)
  }
  assert.deepEqual([asked('dropbox').method, asked('dropbox').body], ['POST', 'null'])
  assert.match(asked('linear').body ?? '', /viewer/)
  assert.ok(asked('notion').headers['Notion-Version'])
  for (const name of ['github', 'linear', 'dropbox', 'reddit', 'tiktok']) {
    assert.equal(asked(name).headers.Authorization, 'Bearer sesame')
    assert.doesNotMatch(asked(name).url, /sesame/)
  }
  assert.equal(asked('github').method, 'GET')
})
