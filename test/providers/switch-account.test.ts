import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PRESETS } from '../../src/providers/catalog.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { switchParamsFinder } from '../../src/providers/switch-account.js'
import { someSettings } from './samples.js'

const BASE = 'http://127.0.0.1:3001'

const SELECT = [['prompt', 'select_account']]

test('W2 an OpenID provider gets prompt=select_account, or login where it supports no other', () => {
  const find = switchParamsFinder(undefined, [], true)
  assert.deepEqual(find(), SELECT)
  assert.deepEqual(find(['none', 'login', 'select_account']), SELECT)
  assert.deepEqual(find(['none', 'login', 'consent']), [['prompt', 'login']])
  assert.equal(find(['none', 'consent']), undefined)
  assert.equal(find([]), undefined)
})

test('W2 of other providers a way is known only where their preset has one', () => {
  assert.equal(switchParamsFinder(undefined, [], false)(), undefined)
  assert.equal(switchParamsFinder('unknown', [], true)(['select_account']), undefined)
  assert.deepEqual(switchParamsFinder([['show_dialog', 'true']], [], false)(), [['show_dialog', 'true']])
  assert.deepEqual(switchParamsFinder([], [], false)(), [])
})

test("W2 the operator's own parameters stand", () => {
  const given = (prompt: string) => switchParamsFinder(undefined, [['prompt', prompt]], true)()
  assert.deepEqual(given('login'), [])
  assert.deepEqual(given('select_account consent'), [])
  assert.deepEqual(given('consent'), [['prompt', 'consent select_account']])
  assert.equal(given('none'), undefined)
  assert.deepEqual(switchParamsFinder(undefined, [['prompt', 'login']], false)(), [])
  assert.equal(switchParamsFinder([['show_dialog', 'true']], [['show_dialog', 'false']], false)(), undefined)
  assert.deepEqual(switchParamsFinder([['show_dialog', 'true']], [['show_dialog', 'true']], false)(), [
    ['show_dialog', 'true'],
  ])
})

test('W2 a prompt in the AUTHORIZE_URL of the settings stands too, and another issuer has another way', () => {
  const at = (authorizeUrl: string) => createProvider(someSettings({ authorizeUrl }), BASE).findSwitchParams()
  assert.equal(at('https://ghes.example/a?prompt=none'), undefined)
  assert.deepEqual(at('https://ghes.example/a'), SELECT)
  const okta = { name: 'okta', preset: 'okta', baseUrl: 'https://acme.okta.com' }
  assert.deepEqual(createProvider(someSettings(okta), BASE).findSwitchParams(), [['prompt', 'login']])
  const slack = { name: 'slack', preset: 'slack' }
  assert.equal(createProvider(someSettings(slack), BASE).findSwitchParams(), undefined)
  const issuer = 'https://id.example'
  assert.deepEqual(createProvider(someSettings({ ...slack, issuer }), BASE).findSwitchParams(), SELECT)
})

test('W2 the presets that say how are those whose documentation does', () => {
  const known = Object.entries(PRESETS).flatMap(([name, { switchParams }]) =>
    Array.isArray(switchParams) && switchParams.length > 0 ? [`${name} ${switchParams.flat().join('=')}`] : [],
  )
  assert.deepEqual(known.sort(), [
    'auth0 prompt=login',
    'dev prompt=select_account',
    'discord prompt=consent',
    'dropbox force_reauthentication=true',
    'facebook auth_type=reauthenticate',
    'github prompt=select_account',
    'google prompt=select_account',
    'keycloak prompt=login',
    'linear prompt=consent',
    'microsoft prompt=select_account',
    'okta prompt=login',
    'spotify show_dialog=true',
    'tiktok disable_auto_auth=1',
    'twitch force_verify=true',
    'x-oauth1 force_login=true',
  ])
})
