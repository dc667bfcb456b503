import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '../../src/oauth/errors.js'
import type { JsonObject } from '../../src/oauth/types.js'
import { findPreset } from '../../src/providers/catalog.js'
import { combineClaims } from '../../src/providers/claims.js'
import { SAMPLE_USERS } from './sample-users.js'
import { apiOf, refusing } from './samples.js'

/** A preset's reading of its own person with some parts changed. */
async function reading(name: string, changes: JsonObject, api = apiOf(SAMPLE_USERS[name]?.api)) {
  const preset = findPreset(name)
  assert.ok(preset)
  return preset.readProfile({ ...SAMPLE_USERS[name]?.user, ...changes }, api)
}

test('an old name at Discord has its digits, a new one stands alone, and the picture is put together', async () => {
  assert.equal((await reading('discord', { discriminator: '1337' })).login, 'ada#1337')
  assert.equal((await reading('discord', { discriminator: '0' })).login, 'ada')
  assert.equal((await reading('discord', { global_name: null })).name, 'ada')
  const { picture } = await reading('discord', {})
  assert.equal(picture, 'https://cdn.discordapp.com/avatars/80351110224678912/8342729096ea3675442027381ff50dfe.png')
  for (const avatar of [null, '../../x', '', 7]) assert.equal((await reading('discord', { avatar })).picture, null)
})

test('ID-03 an address at Discord that is not verified there is not verified here', async () => {
  for (const verified of [false, null, 'true', 1]) {
    assert.equal((await reading('discord', { verified })).emailVerified, false)
  }
})

test('at X the address is a request of its own, and an app that may not have it still signs people in', async () => {
  assert.deepEqual((await reading('x', {})).email, 'ada@example.org')
  for (const status of [400, 403]) {
    const { email, emailVerified, login } = await reading('x', {}, refusing(status))
    assert.deepEqual([email, emailVerified, login], [null, false, 'ada'])
  }
  for (const status of [401, 429, 500]) await assert.rejects(reading('x', {}, refusing(status)), ProtocolError)
  for (const data of [null, [], { confirmed_email: null }, { confirmed_email: 'x' }]) {
    assert.equal((await reading('x', {}, apiOf({ 'users/me': { data } }))).email, null)
  }
})

test('ID-03 at Bitbucket only the primary and confirmed address counts', async () => {
  const address = (email: string, is_primary: unknown, is_confirmed: unknown) => ({ email, is_primary, is_confirmed })
  const lists = [
    [],
    [address('a@example.org', true, false)],
    [address('a@example.org', false, true)],
    [address('a@example.org', 'true', 'true')],
  ]
  for (const values of lists) {
    assert.equal((await reading('bitbucket', {}, apiOf({ 'user/emails': { values } }))).email, null)
  }
  assert.equal((await reading('bitbucket', {}, refusing(403))).email, null)
  await assert.rejects(reading('bitbucket', {}, refusing(500)), ProtocolError)
})

test('a person at Facebook may have no address, and at GitLab one that was never confirmed', async () => {
  const { email, emailVerified } = await reading('facebook', { email: null })
  assert.deepEqual([email, emailVerified], [null, false])
  for (const confirmed_at of [null, '', true, 0]) {
    assert.equal((await reading('gitlab', { confirmed_at })).emailVerified, false)
  }
})

test('ID-04 a person at Slack is one in each workspace', async () => {
  const elsewhere = await reading('slack', { 'https://slack.com/team_id': 'T0OTHER' })
  assert.equal(elsewhere.subject, 'T0OTHER/U0R7JM')
  for (const part of ['https://slack.com/team_id', 'https://slack.com/user_id']) {
    await assert.rejects(reading('slack', { [part]: null }), { code: 'provider_malformed' })
  }
})

test('the relay address of Apple is verified, whether it says so as a word or as text', async () => {
  for (const value of [true, 'true'])
    assert.equal((await reading('apple', { email_verified: value })).emailVerified, true)
  for (const value of [false, 'false', 1]) {
    assert.equal((await reading('apple', { email_verified: value })).emailVerified, false)
  }
})

test('the name of a blog at Tumblr is no identity: without an id of the first blog no user is signed in', async () => {
  for (const blogs of [[], [{ name: 'ada', primary: true }], [{ name: 'ada', uuid: 't:x', primary: false }], null]) {
    const response = { user: { name: 'ada', blogs } }
    await assert.rejects(reading('tumblr', { response }), { code: 'provider_malformed' })
  }
})

test('an OpenID person is sub, never preferred_username or an address', async () => {
  for (const name of ['google', 'linkedin', 'keycloak', 'auth0', 'okta', 'cognito']) {
    await assert.rejects(reading(name, { sub: null }), { code: 'provider_malformed' }, name)
  }
})

test('B-51 given and family name stand for a name that an OpenID provider does not say, before its username', async () => {
  const parts = { name: null, given_name: 'Ada', family_name: 'Lovelace' }
  for (const preset of ['google', 'keycloak', 'okta', 'microsoft', 'slack', 'linkedin']) {
    const { name } = await reading(preset, { ...parts, preferred_username: '7f2c1b7e-9f0a-4b1e-8a53-0d1f6f5d9e11' })
    assert.equal(name, 'Ada Lovelace', preset)
  }
  assert.equal(
    (await reading('zoom', { display_name: null, first_name: 'Ada', last_name: 'Lovelace' })).name,
    'Ada Lovelace',
  )
})

test('the ID token is believed before the userinfo, and an address and its flag come from one place', () => {
  const table: [idToken: JsonObject, user: JsonObject | undefined, merged: JsonObject][] = [
    [{ sub: 'a' }, undefined, { sub: 'a' }],
    [
      { sub: 'a', name: 'Signed' },
      { sub: 'a', name: 'Told', picture: 'p' },
      { sub: 'a', name: 'Signed', picture: 'p' },
    ],
    [{ sub: 'a' }, { email: 'x@y', email_verified: true }, { sub: 'a', email: 'x@y', email_verified: true }],
    [{ email: 'x@y' }, { email: 'x@y', email_verified: true }, { email: 'x@y', email_verified: true }],
    [{ email: 'x@y' }, { email: 'other@y', email_verified: true }, { email: 'x@y' }],
    [
      { email: 'x@y', email_verified: false },
      { email: 'x@y', email_verified: true },
      { email: 'x@y', email_verified: false },
    ],
    [{ email_verified: true }, { email: 'x@y', email_verified: false }, { email: 'x@y', email_verified: false }],
    [{ email_verified: true }, { email: 'x@y' }, { email: 'x@y' }],
    [{ email: 'x@y', email_verified: true }, { email: 'other@y' }, { email: 'x@y', email_verified: true }],
  ]
  for (const [idToken, user, merged] of table)
    assert.deepEqual(combineClaims(idToken, user).claims, merged, JSON.stringify([idToken, user]))
})
