import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProviderSettings } from '../../src/config/types.js'
import { readUserResponse } from '../../src/oauth/userinfo.js'
import { customPreset } from '../../src/providers/custom.js'
import { aResponse } from '../oauth/samples.js'
import { customSettings, refusing } from './samples.js'

const read = async (user: object | string, fields: ProviderSettings['fields'] = {}) =>
  customPreset(customSettings({ fields })).readProfile(readUserResponse(aResponse(user)), refusing(500))

test('a custom provider is read at the usual places', async () => {
  const user = {
    sub: 'a-1',
    id: 7,
    name: 'Ada',
    preferred_username: 'ada',
    email: 'ada@example.org',
    email_verified: true,
    picture: 'https://p.example/a.png',
  }
  assert.deepEqual(await read(user), {
    subject: 'a-1',
    name: 'Ada',
    login: 'ada',
    email: 'ada@example.org',
    emailVerified: true,
    picture: 'https://p.example/a.png',
    raw: user,
  })
})

test('the second and third usual places count when the first holds nothing', async () => {
  const { subject, login, picture } = await read({
    id: 7,
    sub: null,
    username: 'ada',
    avatar_url: 'https://p.example/a.png',
  })
  assert.deepEqual([subject, login, picture], ['7', 'ada', 'https://p.example/a.png'])
  assert.equal((await read({ id: 7, username: 'c', preferred_username: 'b', login: 'a' })).login, 'a')
})

test('UI-09 a broken subject is refused and not replaced by another field', async () => {
  for (const sub of ['', 0, -1, 1.5, {}, [], true]) {
    await assert.rejects(async () => read({ sub, id: 7 }), { code: 'provider_malformed' }, JSON.stringify(sub))
  }
  await assert.rejects(async () => read({ name: 'Ada' }), { code: 'provider_malformed' })
  assert.equal((await read('{"id":9007199254740993}')).subject, '9007199254740993')
})

test('ID-01 ID-03 an address is verified only where the provider says so', async () => {
  const verified = async (email_verified: unknown, email: unknown = 'ada@example.org') =>
    (await read({ sub: 'a', email, email_verified })).emailVerified
  for (const value of [true, 'true']) assert.equal(await verified(value), true)
  for (const value of [undefined, null, false, 'false', 0, 1, 'yes', 'TRUE', '1', [true], {}]) {
    assert.equal(await verified(value), false, JSON.stringify(value))
  }
  for (const email of [null, '', 'ada', ['ada@example.org']]) assert.equal(await verified(true, email), false)
})

test('the settings say where the parts are, and then no other place counts', async () => {
  const user = {
    sub: 'not-this',
    data: { user: { uid: 5, mails: [{ at: 'ada@example.org', ok: 'true' }], display: 'Ada' } },
    login: 'not-this',
  }
  const profile = await read(user, {
    subject: 'data.user.uid',
    name: 'data.user.display',
    login: 'data.user.nick',
    email: 'data.user.mails.0.at',
    emailVerified: 'data.user.mails.0.ok',
  })
  const { subject, name, login, email, emailVerified } = profile
  assert.deepEqual([subject, name, login, email, emailVerified], ['5', 'Ada', null, 'ada@example.org', true])
})

test('B-51 a name is put together of given and family name where there is no whole one', async () => {
  const parts: object[] = [
    { given_name: 'Ada', family_name: 'Lovelace' },
    { family_name: 'Lovelace', given_name: 'Ada', name: null },
    { first_name: 'Ada', last_name: 'Lovelace', name: '' },
    { firstName: 'Ada', lastName: 'Lovelace', name: 7 },
    { name: { given: 'Ada', family: 'Lovelace' } },
    { name: { givenName: ' Ada', familyName: 'Lovelace\n' } },
    { name: { first: 'Ada', last: 'Lovelace' } },
  ]
  for (const each of parts) {
    const user = { id: 1, username: '7f2c1b7e-9f0a-4b1e-8a53-0d1f6f5d9e11', email: 'ada@example.org', ...each }
    assert.equal((await read(user)).name, 'Ada Lovelace', JSON.stringify(each))
  }
  const others: [user: object, name: string | null][] = [
    [{ name: 'Countess', given_name: 'Ada' }, 'Countess'],
    [{ given_name: 'Ada' }, 'Ada'],
    [{ family_name: 'Lovelace', given_name: ['Ada'] }, 'Lovelace'],
    [{ given_name: '', first_name: 'Ada' }, 'Ada'],
    [{ given_name: {}, family_name: null }, null],
    [{ name: { constructor: 'Ada' } }, null],
  ]
  for (const [user, name] of others) assert.equal((await read({ id: 1, ...user })).name, name, JSON.stringify(user))
})

test('B-51 the settings may name several places of a name, which are joined with a blank', async () => {
  const user = { id: 1, name: 'not-this', person: { first: 'Ada', last: 'Lovelace', title: ['Countess'] } }
  const name = async (path: string) => (await read(user, { name: path })).name
  assert.equal(await name('person.first,person.last'), 'Ada Lovelace')
  assert.equal(await name('person.last,person.first'), 'Lovelace Ada')
  assert.equal(await name('person.title,nowhere,person.last'), 'Lovelace')
  assert.equal(await name('nowhere,constructor.name'), null)
})

test('a path leads over own properties only', async () => {
  const user = { sub: 'a', text: 'Ada' }
  const paths = [
    'constructor.name',
    '__proto__.constructor.name',
    'toString.name',
    'text.length',
    'text.0',
    'sub.a',
    '.',
    '',
  ]
  for (const path of paths) assert.equal((await read(user, { name: path })).name, null, path)
  for (const path of ['constructor.name', '__proto__', 'hasOwnProperty', 'sub.length']) {
    await assert.rejects(async () => read(user, { subject: path }), { code: 'provider_malformed' }, path)
  }
})

test('a custom provider without one of its URLs is a fault of the configuration', () => {
  for (const url of ['authorizeUrl', 'tokenUrl', 'userUrl'] as const) {
    assert.throws(() => customPreset(customSettings({ [url]: undefined })), /acme has no preset and lacks a URL/)
  }
})
