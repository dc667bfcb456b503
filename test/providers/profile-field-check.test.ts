import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '../../src/oauth/errors.js'
import { createProvider } from '../../src/providers/create-provider.js'
import { profileFieldCheck } from '../../src/providers/profile-field-check.js'
import { customSettings } from './samples.js'

const ALL = {
  ...{ subject: 'uid', name: 'first,last', login: 'nick', email: 'emails' },
  ...{ emailVerified: 'confirmed', picture: 'photo' },
}

test('B-60 a place that leads to nothing usable is known, with the kind of value that is there and never the value', () => {
  const check = profileFieldCheck(customSettings({ fields: ALL, groupsFields: ['teams'], groupsWanted: true }))
  const user = {
    ...{ uid: 7, first: ['Ada'], nick: ' ada ', emails: ['ada@example.org'], confirmed: 1 },
    ...{ photo: 'http://p.example/a.png', teams: 'staff' },
  }
  const found = (check?.(user) ?? []).map(each => `${each.suffix}=${each.path}: ${each.found}, not ${each.wanted}`)
  assert.deepEqual(found, [
    'NAME_FIELD=first,last: a list that begins with a text, not a text',
    'LOGIN_FIELD=nick: a text, not a text of one line',
    'EMAIL_FIELD=emails: a list that begins with a text, not one e-mail address',
    'EMAIL_VERIFIED_FIELD=confirmed: a number, not true or false',
    'PICTURE_FIELD=photo: a text, not an https URL',
    'GROUPS_FIELD=teams: a text, not a list of texts',
  ])
  const nothing = (check?.({ uid: 'x' }) ?? []).map(each => each.found)
  assert.deepEqual(
    nothing,
    Array.from({ length: 6 }, () => 'nothing'),
  )
})

test('B-60 places that lead to what is wanted are none of them, nor is one name of two, nor an empty list of groups', () => {
  const check = profileFieldCheck(customSettings({ fields: ALL, groupsFields: ['teams'], groupsWanted: true }))
  const user = {
    ...{ uid: 'u', last: 'Lovelace', nick: 'ada', emails: 'ada@example.org', confirmed: 'false' },
    ...{ photo: 'https://p.example/a.png', teams: [] },
  }
  assert.deepEqual(check?.(user), [])
})

test('B-60 where the settings name no place, nothing is looked at', () => {
  assert.equal(profileFieldCheck(customSettings()), undefined)
  assert.equal(profileFieldCheck(customSettings({ groupsFields: ['teams'] })), undefined)
})

test('B-60 a profile without a usable id says which setting names its place, and what kind of value is there', async () => {
  const messageOf = async (fields: object, user: Record<string, string | string[]>) => {
    const provider = createProvider(customSettings({ fields }), 'http://127.0.0.1:3001')
    const error = await Promise.resolve()
      .then(() => provider.readProfile(user, () => assert.fail('Nobody is asked')))
      .catch((thrown: unknown) => thrown)
    assert.ok(error instanceof ProtocolError && error.code === 'provider_malformed')
    assert.equal(error.hint, 'subject_missing')
    return error.message
  }
  assert.match(
    await messageOf({ subject: 'ids' }, { ids: ['secret'] }),
    /: ids leads to a list that begins with a text; <NAME>_SUBJECT_FIELD says/,
  )
  assert.match(await messageOf({}, { uid: 'secret' }), /: sub and id lead to nothing; <NAME>_SUBJECT_FIELD says/)
  assert.doesNotMatch(await messageOf({ subject: 'ids' }, { ids: ['secret'] }), /secret/)
})
