import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { initial, person } from '../../src/web/present/person.js'
import { moment, span } from '../../src/web/present/time.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const nobody = { name: null, login: null, email: null, emailVerified: false, picture: null }

describe('A person on a page', () => {
  it('is called by name, else login, else e-mail, else you', () => {
    assert.equal(person({ ...nobody, name: 'Ada', login: 'ada', email: 'a@b.c' }).name, 'Ada')
    assert.equal(person({ ...nobody, login: 'ada', email: 'a@b.c' }).name, 'ada')
    assert.equal(person({ ...nobody, email: 'a@b.c' }).name, 'a@b.c')
    assert.equal(person(nobody).name, 'you')
  })

  it('has one character as an initial, however many code points it takes', () => {
    const cases: [name: string, letter: string][] = [
      ['ada', 'A'],
      ['  ada', 'A'],
      ['محمد', 'م'],
      ['👩‍🚀 Sally', '👩‍🚀'],
      ['élan', 'É'],
      ['<b>', '<'],
      ['', '?'],
    ]
    for (const [name, letter] of cases) assert.equal(initial(name), letter, name)
  })
})

describe('Times in words', () => {
  it('are near or far, past or to come', () => {
    const now = Date.UTC(2026, 10, 21)
    const cases: [difference: number, text: string][] = [
      [0, 'just now'],
      [-59_000, 'just now'],
      [-MINUTE, '1 minute ago'],
      [-5 * HOUR, '5 hours ago'],
      [30 * DAY, 'in 30 days'],
    ]
    for (const [difference, text] of cases) assert.equal(moment(now + difference, now).text, text)
    assert.equal(moment(now, now).iso, '2026-11-21T00:00:00.000Z')
  })

  it('are spans', () => {
    assert.deepEqual(
      [span(7 * DAY), span(DAY), span(12 * HOUR), span(10_000)],
      ['7 days', '1 day', '12 hours', '1 minute'],
    )
  })
})
