import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isReserved, RESERVED_AUTHORIZE_PARAMS, RESERVED_TOKEN_PARAMS } from '../../src/oauth/params.js'
import type { Json, JsonObject } from '../../src/oauth/types.js'
import { PRESETS, presetCatalog } from '../../src/providers/catalog.js'
import type { Preset } from '../../src/providers/provider.js'
import { createProvider } from '../../src/providers/resolve.js'
import { PEOPLE } from './people.js'
import { apiOf, settingsFor } from './samples.js'

const ORIGIN = 'http://127.0.0.1:3001'
const rows = Object.entries(PRESETS)

const URLS = ['issuer', 'authorizeUrl', 'tokenUrl', 'userUrl', 'jwksUrl', 'requestTokenUrl', 'apiBaseUrl']

/** A row's provider with what each of its presets needs and no more. */
const inUse = (name: string, preset: Preset) => createProvider(settingsFor(name, preset), ORIGIN)

test('each row has a name that settings can begin with, and a label', () => {
  for (const [name, { label }] of rows) {
    assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    assert.match(label, /^\S.*\S$|^\S$/, name)
  }
})

test('every URL of every row is https, without user name, fragment and gaps; those of development are loopback', () => {
  for (const [name, preset] of rows) {
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

test('no two rows are one authorization server', () => {
  const places = rows.map(([name, preset]) => {
    const provider = inUse(name, preset)
    return provider.protocol === 'oidc' ? provider.issuer : provider.authorizeUrl
  })
  const apart = new Set(places)
  assert.equal(apart.size, rows.length)
})

test('a row has one person in its own shape, and makes of her what is said there', async () => {
  assert.deepEqual(Object.keys(PEOPLE).sort(), Object.keys(PRESETS).sort())
  for (const [name, { readProfile }] of rows) {
    const told = PEOPLE[name]
    assert.ok(told)
    const profile = await readProfile(told.user, apiOf(told.api))
    assert.deepEqual(
      [profile.subject, profile.login, profile.email === null ? null : profile.emailVerified],
      [told.subject, told.login, told.verified],
      name,
    )
    assert.equal(profile.raw, told.user, name)
    assert.deepEqual(
      Object.keys(profile).sort(),
      ['email', 'emailVerified', 'login', 'name', 'picture', 'raw', 'subject'],
      name,
    )
  }
})

test('ID-01 UI-09 no row makes a person of an empty answer, or of ids that are none', async () => {
  for (const [name, { readProfile }] of rows) {
    const user = PEOPLE[name]?.user ?? {}
    for (const broken of [{}, hollow(user, ''), hollow(user, 0), hollow(user, true), hollow(user, {})]) {
      await assert.rejects(
        async () => readProfile(broken, apiOf(PEOPLE[name]?.api)),
        { name: 'ProtocolError' },
        `${name} ${JSON.stringify(broken)}`,
      )
    }
  }
})

test('ID-03 no row takes an address for verified because the flag is merely truthy', async () => {
  for (const [name, { readProfile }] of rows) {
    const told = PEOPLE[name]
    for (const flag of ['email_verified', 'verified', 'confirmed_at']) {
      if (told?.user[flag] === undefined) continue
      for (const value of ['yes', 'false', 2, [true], {}, null, false, 0]) {
        if (flag === 'confirmed_at' && typeof value === 'string') continue
        const { emailVerified } = await readProfile({ ...told.user, [flag]: value }, apiOf(told.api))
        assert.equal(emailVerified, false, `${name} ${flag} ${JSON.stringify(value)}`)
      }
    }
  }
})

test('the extra parameters of a row never set what the protocol sets', () => {
  for (const [name, preset] of rows) {
    const reserved = preset.protocol === 'oauth1' ? ['oauth_*'] : RESERVED_AUTHORIZE_PARAMS
    for (const [param] of preset.authorizeParams ?? []) assert.ok(!isReserved(param, reserved), `${name} ${param}`)
    const tokenParams = 'tokenParams' in preset ? preset.tokenParams : undefined
    for (const [param] of tokenParams ?? []) assert.ok(!isReserved(param, RESERVED_TOKEN_PARAMS), `${name} ${param}`)
  }
})

test('an OpenID row asks for openid', () => {
  for (const [name, preset] of rows) if (preset.protocol === 'oidc') assert.ok(preset.scope.includes('openid'), name)
})

test('PKCE is off only where a row says why', () => {
  const without = rows.filter(([, preset]) => 'pkce' in preset && preset.pkce === false).map(([name]) => name)
  assert.deepEqual(
    without.sort(),
    'apple bitbucket discord facebook linear linkedin notion reddit slack twitch'.split(' '),
  )
})

test('the configuration is told what it must know to judge the settings', () => {
  const facts = presetCatalog()
  const development = { label: 'Development provider', protocol: 'oauth2', development: true, hasGroups: true }
  assert.deepEqual(facts.dev, development)
  const github = { label: 'GitHub', protocol: 'oauth2', baseUrl: 'https://github.com', hasGroups: true }
  assert.deepEqual(facts.github, github)
  assert.deepEqual(facts.trello, { label: 'Trello', protocol: 'oauth1', hasScopeParam: true })
  assert.equal(facts.apple?.createsClientSecret, true)
  assert.equal(facts.microsoft?.tenant?.standard, 'common')
})

test('groups are told by the rows that know how to ask, and by the OpenID providers that have any', () => {
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
