import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alignColumns, formatTime, printable, toJson } from '../../../src/cli/command-line/terminal.js'

const LOST = '\u{fffd}'

const PLAIN: [what: string, text: string, shown: string][] = [
  ['a usual name', 'Ada Lovelace', 'Ada Lovelace'],
  ['letters of any language', 'Zoë 李 Ørsted', 'Zoë 李 Ørsted'],
  ['joiners, which are text', '👩\u200d🚀', '👩\u200d🚀'],
  ['colours', '\u001b[31mred', `${LOST}[31mred`],
  ['the other CSI', '\u009b2J', `${LOST}2J`],
  ['a bell, and a step back', 'a\u0007b\u0008c', `a${LOST}b${LOST}c`],
  ['line breaks of all kinds', 'a\r\nb\u2028c\u0085d', `a b c${LOST}d`],
  ['a gap that looks like columns', 'a   \t \u00a0 b', 'a b'],
  ['an override of direction', 'a\u202egnp.exe', `a${LOST}gnp.exe`],
  ['marks of direction', 'a\u200e\u200f\u061cb', `a${LOST.repeat(3)}b`],
  ['isolates that never end', 'a\u2066\u2067b', `a${LOST.repeat(2)}b`],
  ['what hides', 'a\u200b\u00ad\u{e0041}b', `a${LOST.repeat(3)}b`],
  ['half a character', 'a\ud800b', `a${LOST}b`],
]

for (const [what, text, shown] of PLAIN) {
  test(`a cell shows ${what} calmly`, () => assert.equal(printable(text), shown))
}

test('a name that is written from right to left turns nothing beside it', () => {
  for (const name of ['עדה', 'آدا', '𐤀𐤃']) assert.equal(printable(name), `\u2068${name}\u2069`)
  assert.match(printable('עדה'.repeat(9), 5), /^\u2068.{4}…\u2069$/u)
})

test('a cell is cut to the columns that it takes, between characters', () => {
  assert.equal(printable('abcdef', 6), 'abcdef')
  assert.equal(printable('abcdefg', 6), 'abcde…')
  assert.equal(printable('李李李李', 6), '李李…')
  assert.equal(printable('🚀🚀🚀🚀', 6), '🚀🚀…')
  assert.equal(printable('e\u0301'.repeat(6), 6), 'e\u0301'.repeat(6))
})

test('columns stand below each other, whatever is in them', () => {
  const rows = [
    ['id', 'name', 'login'],
    ['1', '李', 'li'],
    ['22', printable('עדה'), 'ada'],
    ['3', 'e\u0301', ''],
  ]
  assert.deepEqual(alignColumns(rows), ['id  name  login', '1   李    li', '22  \u2068עדה\u2069   ada', '3   e\u0301'])
})

test('JSON says the same and moves no cursor', () => {
  const value = { name: 'a\u001b[31m\u009b\u202e\u2028\u{e0041}\n"é李' }
  const text = toJson(value)
  assert.deepEqual(JSON.parse(text), value)
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\u2028]/u)
  assert.ok(text.includes('é李'))
})

test('a moment is told in UTC, and none by nothing', () => {
  assert.equal(formatTime(Date.UTC(2026, 1, 3, 4, 5, 59)), '2026-02-03 04:05')
  assert.equal(formatTime(null), '')
})
