import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confirmationText, isConfirmationText } from '../../../src/web/present/delete-confirmation.js'

const emptyAccount = {
  ...{ id: 'id', name: null, login: null, email: null, emailVerified: false, picture: null },
  ...{ disabledAt: null, createdAt: 0, updatedAt: 0 },
}

test('what a person types to delete their account is their login, else their address, else their name, else a word', () => {
  const all = { ...emptyAccount, login: 'ada', email: 'ada@example.org', name: 'Ada Lovelace' }
  assert.deepEqual(confirmationText(all), { text: 'ada', kind: 'login' })
  assert.deepEqual(confirmationText({ ...all, login: null }), { text: 'ada@example.org', kind: 'e-mail address' })
  assert.deepEqual(confirmationText({ ...emptyAccount, name: 'Ada Lovelace' }), {
    text: 'Ada Lovelace',
    kind: 'name',
  })
  assert.deepEqual(confirmationText(emptyAccount), { text: 'DELETE', kind: 'word' })
})

test('what a person types to delete their account is never something that cannot be typed', () => {
  assert.equal(confirmationText({ ...emptyAccount, login: '', name: ' \u200f\u2060 ' }).text, 'DELETE')
})

test('what a person types to delete their account counts whatever its case, its blanks and the marks in it that nobody sees', () => {
  const user = { ...emptyAccount, name: 'Ada\u00a0\u200fLovelace' }
  for (const typed of ['Ada Lovelace', '  ada   lovelace ', 'ADA LOVELACE', user.name]) {
    assert.ok(isConfirmationText(user, typed), typed)
  }
  assert.ok(isConfirmationText({ ...emptyAccount, login: 'Zo\u00eb' }, 'zoe\u0308'))
})

test('what a person types to delete their account is not anything else', () => {
  for (const typed of [undefined, '', ' ', 'DELETE', 'ad', 'ada!', 'ada lovelace']) {
    assert.equal(isConfirmationText({ ...emptyAccount, login: 'ada', name: 'Ada Lovelace' }, typed), false, typed)
  }
  assert.equal(isConfirmationText(emptyAccount, ''), false)
})
