import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLeavingWord, leavingWord } from '../../src/web/present/leaving.js'

const nobody = {
  ...{ id: 'id', name: null, login: null, email: null, emailVerified: false, picture: null },
  ...{ disabledAt: null, createdAt: 0, updatedAt: 0 },
}

describe('What a person types to delete their account', () => {
  it('is their login, else their address, else their name, else a word', () => {
    const all = { ...nobody, login: 'ada', email: 'ada@example.org', name: 'Ada Lovelace' }
    assert.deepEqual(leavingWord(all), { word: 'ada', what: 'login' })
    assert.deepEqual(leavingWord({ ...all, login: null }), { word: 'ada@example.org', what: 'e-mail address' })
    assert.deepEqual(leavingWord({ ...nobody, name: 'Ada Lovelace' }), { word: 'Ada Lovelace', what: 'name' })
    assert.deepEqual(leavingWord(nobody), { word: 'DELETE', what: 'word' })
  })

  it('is never something that cannot be typed', () => {
    assert.equal(leavingWord({ ...nobody, login: '', name: ' \u200f\u2060 ' }).word, 'DELETE')
  })

  it('counts whatever its case, its blanks and the marks in it that nobody sees', () => {
    const user = { ...nobody, name: 'Ada\u00a0\u200fLovelace' }
    for (const typed of ['Ada Lovelace', '  ada   lovelace ', 'ADA LOVELACE', user.name]) {
      assert.ok(isLeavingWord(user, typed), typed)
    }
    assert.ok(isLeavingWord({ ...nobody, login: 'Zo\u00eb' }, 'zoe\u0308'))
  })

  it('is not anything else', () => {
    for (const typed of [undefined, '', ' ', 'DELETE', 'ad', 'ada!', 'ada lovelace']) {
      assert.equal(isLeavingWord({ ...nobody, login: 'ada', name: 'Ada Lovelace' }, typed), false, typed)
    }
    assert.equal(isLeavingWord(nobody, ''), false)
  })
})
