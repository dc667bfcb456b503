import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toIdentityFields } from '../../../src/accounts/sign-in/find-or-create-user.js'
import { storedClaims } from '../../../src/accounts/sign-in/stored-profile.js'
import type { JsonObject } from '../../../src/oauth/types.js'

const TOKEN = 'secret/token+1'

function stored(raw: JsonObject, accessToken = TOKEN, more: { subject?: string; refreshToken?: string } = {}) {
  const { subject = '1', refreshToken } = more
  const profile = { subject, name: null, login: 'ada', email: null, emailVerified: false, picture: null, raw }
  const unsaid = { expiresIn: undefined, refreshExpiresIn: undefined, scope: undefined }
  const tokens = { accessToken, refreshToken, tokenType: 'Bearer', ...unsaid }
  const sources = { idToken: [], userinfo: Object.keys(raw) }
  return toIdentityFields({ profile, groups: [], sources, tokens })
}
const read = (...args: Parameters<typeof stored>): JsonObject => JSON.parse(stored(...args).rawProfile)

test('A10 a short token spoils nothing of a stored profile, whatever signs it is made of', () => {
  const raw = { id: 1, ok: true, a: ['1', ':', ','], o: { true: null }, text: 'true story, 1: {}' }
  for (const token of [':', ',', '{', '}', '[', '"', '1', 'true', 'null', '\\', 'a', 'o', 'story']) {
    assert.deepEqual(read(raw, token), raw, token)
  }
})

test('A10 a token of 8 characters or more is covered in every text and every name, as it is and as a URL has it', () => {
  const raw = {
    token: TOKEN,
    list: [TOKEN, { deep: `Bearer ${TOKEN}!` }],
    [TOKEN]: { [`x${TOKEN}`]: 1 },
    url: `https://api.example/?access_token=${encodeURIComponent(TOKEN)}`,
    refresh: 'the-refresh-token',
    number: 12345678,
  }
  const { rawProfile, claimSources } = stored(raw, TOKEN, { refreshToken: 'the-refresh-token' })
  assert.doesNotMatch(`${rawProfile}${claimSources}`, /secret|refresh-token/)
  assert.deepEqual(JSON.parse(rawProfile), {
    ...{ token: '[access token]', list: ['[access token]', { deep: 'Bearer [access token]!' }] },
    '[access token]': { 'x[access token]': 1 },
    ...{ url: 'https://api.example/?access_token=[access token]', refresh: '[access token]', number: 12345678 },
  })
  assert.deepEqual(read({ token: 'seven77' }, 'seven77'), { token: 'seven77' })
  assert.deepEqual(read({ token: 'eight888' }, 'eight888'), { token: '[access token]' })
})

test('A10 a token that is the id of its person is left, or the person could not be recognised by it', () => {
  assert.deepEqual(read({ sub: 'ada-lovelace' }, 'ada-lovelace', { subject: 'ada-lovelace' }), { sub: 'ada-lovelace' })
})

test('A10 a name like __proto__ in a profile stays a name', () => {
  const raw: JsonObject = JSON.parse('{"__proto__":{"groups":["admin"]},"constructor":"x"}')
  assert.equal(stored(raw).rawProfile, '{"__proto__":{"groups":["admin"]},"constructor":"x"}')
})

test('A10 a stored profile that is broken is an empty one, and broken sources are unknown', () => {
  for (const rawProfile of ['', '{', 'null', '[]', '"x"', '1', '{"a":[access token]}']) {
    assert.deepEqual(storedClaims({ rawProfile, claimSources: null }), { claims: {}, sources: undefined })
  }
  for (const claimSources of ['', '{', '[]', '{}', '{"id_token":[]}', '{"id_token":[1],"userinfo":[]}']) {
    assert.deepEqual(storedClaims({ rawProfile: '{"a":1}', claimSources }), { claims: { a: 1 }, sources: undefined })
  }
})
