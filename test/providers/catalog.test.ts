import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReserved, RESERVED_AUTHORIZE_PARAMS, RESERVED_TOKEN_PARAMS } from '../../src/http/reserved-params.js'
import type { Json, JsonObject } from '../../src/oauth/types.js'
import { PRESETS, presetCatalog } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import type { Preset } from '../../src/providers/provider.js'
import { SAMPLE_USERS } from './sample-users.js'
import { apiOf, settingsFor } from './samples.js'

const ORIGIN = 'http://127.0.0.1:3001'
const presets = Object.entries(PRESETS)

const URLS = ['issuer', 'authorizeUrl', 'tokenUrl', 'userUrl', 'jwksUrl', 'requestTokenUrl', 'apiBaseUrl']

/** The provider of a preset, with the settings that it needs and no more. */
const inUse = (name: string, preset: Preset) => createProvider(settingsFor(name, preset), ORIGIN)

test('each preset has a name that settings can begin with, and a label', () => {
  for (const [name, { label }] of presets) {
    assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    assert.match(label, /^\S.*\S$|^\S$/, name)
  }
})

test('every URL of every preset is https, without user name, fragment and placeholders; those of development are loopback', () => {
  for (const [name, preset] of presets) {
    const provider: Readonly<Record<string, unknown>> = { ...inUse(name, preset) }
    const urls = URLS.flatMap(key => (typeof provider[key] === 'string' ? [provider[key]] : []))
    assert.ok(urls.length >= 2, name)
    for (const url of urls) {
      const { protocol, username, hash, origin } = new URL(url)
      assert.deepEqual([username, hash], ['', ''], url)
      assert.ok(preset.development ? origin === ORIGIN : protocol === 'https:', url)
      assert.doesNotMatch(url, /[{}]|%7b/i)
    }
  }
})

test('no two presets are one authorization server', () => {
  const places = presets.map(([name, preset]) => {
    const provider = inUse(name, preset)
    return provider.protocol === 'oidc' ? provider.issuer : provider.authorizeUrl
  })
  const apart = new Set(places)
  assert.equal(apart.size, presets.length)
})

test('each preset reads the profile of a sample user in the shape of its provider', async () => {
  assert.deepEqual(Object.keys(SAMPLE_USERS).sort(), Object.keys(PRESETS).sort())
  for (const [name, { readProfile }] of presets) {
    const sample = SAMPLE_USERS[name]
    assert.ok(sample)
    const profile = await readProfile(sample.user, apiOf(sample.api))
    assert.deepEqual(
      [profile.subject, profile.login, profile.email === null ? null : profile.emailVerified],
      [sample.subject, sample.login, sample.verified],
      name,
    )
    assert.equal(profile.raw, sample.user, name)
    assert.deepEqual(
      Object.keys(profile).sort(),
      ['email', 'emailVerified', 'login', 'name', 'picture', 'raw', 'subject'],
      name,
    )
  }
})

test('ID-01 UI-09 no preset makes a user of an empty response, or of unusable ids', async () => {
  for (const [name, { readProfile }] of presets) {
    const user = SAMPLE_USERS[name]?.user ?? {}
    for (const broken of [{}, hollow(user, ''), hollow(user, 0), hollow(user, true), hollow(user, {})]) {
      await assert.rejects(
        async () => readProfile(broken, apiOf(SAMPLE_USERS[name]?.api)),
        { name: 'ProtocolError' },
        `${name} ${JSON.stringify(broken)}`,
      )
    }
  }
})

test('ID-03 no preset takes an address for verified because the flag is merely truthy', async () => {
  for (const [name, { readProfile }] of presets) {
    const sample = SAMPLE_USERS[name]
    for (const flag of ['email_verified', 'verified', 'confirmed_at']) {
      if (sample?.user[flag] === undefined) continue
      for (const value of ['yes', 'false', 2, [true], {}, null, false, 0]) {
        if (flag === 'confirmed_at' && typeof value === 'string') continue
        const { emailVerified } = await readProfile({ ...sample.user, [flag]: value }, apiOf(sample.api))
        assert.equal(emailVerified, false, `${name} ${flag} ${JSON.stringify(value)}`)
      }
    }
  }
})

test('the extra parameters of a preset never set what the protocol sets', () => {
  for (const [name, preset] of presets) {
    const reserved = preset.protocol === 'oauth1' ? ['oauth_*'] : RESERVED_AUTHORIZE_PARAMS
    for (const [param] of preset.authorizeParams ?? []) assert.ok(!isReserved(param, reserved), `${name} ${param}`)
    const tokenParams = 'tokenParams' in preset ? preset.tokenParams : undefined
    for (const [param] of tokenParams ?? []) assert.ok(!isReserved(param, RESERVED_TOKEN_PARAMS), `${name} ${param}`)
  }
})

test('an OpenID preset has the scope openid', () => {
  for (const [name, preset] of presets) if (preset.protocol === 'oidc') assert.ok(preset.scope.includes('openid'), name)
})

test('PKCE is off only where a preset says why', () => {
  const without = presets.filter(([, preset]) => 'pkce' in preset && preset.pkce === false).map(([name]) => name)
  assert.deepEqual(
    without.sort(),
    'apple bitbucket discord facebook linear linkedin notion reddit slack twitch'.split(' '),
  )
})

test('the configuration gets what it must know to check the settings', () => {
  const facts = presetCatalog()
  const development = { label: 'Development provider', protocol: 'oauth2', development: true, hasGroups: true }
  assert.deepEqual(facts.dev, development)
  const github = { label: 'GitHub', protocol: 'oauth2', baseUrl: 'https://github.com', hasGroups: true }
  assert.deepEqual(facts.github, github)
  assert.deepEqual(facts.trello, { label: 'Trello', protocol: 'oauth1', hasScopeParam: true })
  assert.equal(facts.apple?.createsClientSecret, true)
  assert.equal(facts.microsoft?.tenant?.defaultValue, 'common')
})

test('presets that can read groups say so, and OpenID providers do unless they have none', () => {
  const telling = Object.entries(presetCatalog()).flatMap(([name, { hasGroups }]) => (hasGroups ? [name] : []))
  assert.deepEqual(telling.sort(), 'auth0 cognito dev dev-oidc github gitlab keycloak microsoft okta'.split(' '))
})

/** The same answer with another value in every place that holds no further ones. */
const hollow = (user: JsonObject, put: Json): JsonObject =>
  Object.fromEntries(Object.entries(user).map(([name, value]) => [name, hollowValue(value, put)]))

function hollowValue(value: Json, put: Json): Json {
  if (Array.isArray(value)) return value.map(each => hollowValue(each, put))
  return typeof value === 'object' && value !== null ? hollow(value, put) : put
}
