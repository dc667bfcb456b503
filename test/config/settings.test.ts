import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providerSettings } from '../../src/config/provider/provider-settings.js'
import {
  globalSettings,
  markdownRows,
  settingOf,
  settingPrefixOf,
  splitProviderSetting,
} from '../../src/config/settings.js'

test('every setting has one row with a meaning', () => {
  for (const rows of [globalSettings, providerSettings]) {
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length)
    assert.ok(rows.every(({ meaning }) => meaning !== ''))
  }
})

test('the rows of the table hold what works: setting, default and meaning', () => {
  const rows = markdownRows()
  assert.ok(rows.includes('| `SESSION_LIFETIME` | `30d` | every session ends after this time |'))
  assert.ok(rows.includes('| `<NAME>_LABEL` | preset | the text on its button |'))
  assert.ok(rows.every(row => row.split(' | ').length === 3))
  assert.equal(
    rows.some(row => row.includes('METRICS_PORT') || row.includes('COOKIE_DOMAIN')),
    false,
  )
})

test('in the names of settings a provider is in upper case, with _ for -', () => {
  assert.equal(settingPrefixOf('my-company'), 'MY_COMPANY')
  assert.equal(settingOf('my-company', 'CLIENT_ID'), 'MY_COMPANY_CLIENT_ID')
})

test("a provider's setting is split at its longest ending", () => {
  assert.deepEqual(splitProviderSetting('X_EMAIL_VERIFIED_FIELD'), { prefix: 'X', suffix: 'EMAIL_VERIFIED_FIELD' })
  assert.deepEqual(splitProviderSetting('X_API_BASE_URL'), { prefix: 'X', suffix: 'API_BASE_URL' })
  for (const name of ['CLIENT_ID', '_CLIENT_ID', 'x_CLIENT_ID', 'PUBLIC_URL', 'DEV_PROVIDER_URL']) {
    assert.equal(splitProviderSetting(name), undefined, name)
  }
})
