import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEmail, readHttpsUrl, readLogin, readName } from '../../src/providers/profile.js'

const NO_TEXTS = [undefined, null, '', ' ', '\u0000', '\u202e', 1, true, {}, [], ['Ada']]

test('HD-07 a name is one clean line, and letters of every script stay as they are', () => {
  const table: [given: string, shown: string][] = [
    ['Ada Lovelace', 'Ada Lovelace'],
    [' Ada\r\n\tLovelace\u0000 ', 'Ada Lovelace'],
    ['\u202eecalevoL\u202c adA', 'ecalevoL adA'],
    ['\u2066Ada\u2069\ufeff', 'Ada'],
    ['עדה לאבלייס', 'עדה לאבלייס'],
    ['آدا لوفليس', 'آدا لوفليس'],
    ['👩‍💻 Zoë 李', '👩‍💻 Zoë 李'],
    ['Ada\ud800', 'Ada'],
    ['<b>Ada</b>', '<b>Ada</b>'],
  ]
  for (const [given, shown] of table) assert.equal(readName(given), shown)
  for (const value of NO_TEXTS) assert.equal(readName(value), null, JSON.stringify(value))
})

test('HD-07 a name is cut at 256 characters and never through one', () => {
  assert.equal(readName('x'.repeat(10_000)), 'x'.repeat(256))
  assert.equal(readName('😀'.repeat(10_000)), '😀'.repeat(256))
  assert.equal(readName(`x${'😀'.repeat(10_000)}`), `x${'😀'.repeat(255)}`)
})

test('a login that would have to be mended or cut is dropped, because it could become that of another user', () => {
  for (const login of ['octocat', 'o'.repeat(100), 'עדה']) assert.equal(readLogin(login), login)
  const bad = ['octo\u202ecat', 'octocat ', 'octo\ncat', 'octocat\u0000', '\ufeffoctocat', 'o'.repeat(101)]
  for (const value of [...NO_TEXTS, ...bad]) assert.equal(readLogin(value), null, JSON.stringify(value))
})

test('UI-06 an address is one that could be written to, exactly as given', () => {
  const good = [
    'ada@example.org',
    'Ada.Lovelace+x@sub.example.org',
    'a@b',
    'dörte@bücher.example',
    `${'a'.repeat(242)}@example.org`,
  ]
  for (const email of good) assert.equal(readEmail(email), email)
  const bad = [
    ...NO_TEXTS,
    'ada',
    '@example.org',
    'ada@',
    'ada@@example.org',
    'ada@example.org@evil.example',
    'ada@.example.org',
    'ada@example..org',
    'ada@example.org.',
    'Ada <ada@example.org>',
    'ada@example.org,eve@evil.example',
    'ada@example.org\r\nX-Evil: 1',
    'ada@example.org\n',
    'ada\u0000@example.org',
    ' ada@example.org',
    'ada@exa mple.org',
    'a\u202eda@example.org',
    'ada@exa\u200bmple.org',
    '\u212aate@example.org',
    'ada@\u212aernel.example',
    `${'a'.repeat(243)}@example.org`,
    `${'a'.repeat(10_000)}@example.org`,
    { toString: () => 'ada@example.org' },
  ]
  for (const value of bad) assert.equal(readEmail(value), null, JSON.stringify(value))
})

test('A7 a picture without two slashes after its scheme is left out', () => {
  for (const text of ['https:p.example/a.png', 'https:/p.example/a.png', 'https:///p.example/a.png']) {
    assert.equal(readHttpsUrl(text), null, text)
  }
})

test('HD-06 a picture is an https URL', () => {
  assert.equal(readHttpsUrl('https://p.example/a.png?s=1'), 'https://p.example/a.png?s=1')
  assert.equal(readHttpsUrl('HTTPS://P.example/"x"'), 'https://p.example/%22x%22')
  const bad = [
    ...NO_TEXTS,
    'http://p.example/a.png',
    'javascript:alert(1)',
    'https://"',
    'data:image/png;base64,AA==',
    '//p.example/a.png',
    '/a.png',
    'https://',
    `https://p.example/${'a'.repeat(2048)}`,
    `https://p.example/${'ä'.repeat(1000)}`,
  ]
  for (const value of bad) assert.equal(readHttpsUrl(value), null, JSON.stringify(value))
})
