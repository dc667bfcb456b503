import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationText, relativeTime } from '../../../src/web/present/relative-time.js'
import { initial, presentUser } from '../../../src/web/present/user.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const emptyUser = { name: null, login: null, email: null, emailVerified: false, picture: null }

test('a person on a page is called by name, else login, else e-mail, else you', () => {
  assert.equal(presentUser({ ...emptyUser, name: 'Ada', login: 'ada', email: 'a@b.c' }).name, 'Ada')
  assert.equal(presentUser({ ...emptyUser, login: 'ada', email: 'a@b.c' }).name, 'ada')
  assert.equal(presentUser({ ...emptyUser, email: 'a@b.c' }).name, 'a@b.c')
  assert.equal(presentUser(emptyUser).name, 'you')
})

test('a person on a page has one character as an initial, however many code points it takes', () => {
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

test('times in words are near or far, past or to come', () => {
  const now = Date.UTC(2026, 10, 21)
  const cases: [difference: number, text: string][] = [
    [0, 'just now'],
    [-59_000, 'just now'],
    [-MINUTE, '1 minute ago'],
    [-5 * HOUR, '5 hours ago'],
    [30 * DAY, 'in 30 days'],
  ]
  for (const [difference, text] of cases) assert.equal(relativeTime(now + difference, now).text, text)
  assert.equal(relativeTime(now, now).iso, '2026-11-21T00:00:00.000Z')
})

test('times in words are spans', () => {
  assert.deepEqual(
    [durationText(7 * DAY), durationText(DAY), durationText(12 * HOUR), durationText(10_000)],
    ['7 days', '1 day', '12 hours', '1 minute'],
  )
})
