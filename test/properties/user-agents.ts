import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describeUserAgent } from '../../src/accounts/users/user-agent.js'
import { confirmationText, isConfirmationText } from '../../src/web/present/delete-confirmation.js'
import { damaged, nasty } from './inputs.js'
import { property } from './property.js'

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'curl/8.5.0',
]
const agent = nasty(
  ...[...AGENTS, 'Mozilla/5.0', '(', ')', '; ', '/', ' like Gecko', 'Version/', 'Android 14', 'Windows NT 10.0'],
  ...['Edg/', 'OPR/', 'bot', 'crawler', 'CriOS/', 'Linux', '9'.repeat(300), 'x'.repeat(600), ' '.repeat(600)],
)

/** Whatever a browser calls itself. */
export const devices = property(
  'a user agent in words is a short line, whatever it says',
  fc.oneof(agent, damaged(fc.constantFrom(...AGENTS)), fc.constant(null)),
  userAgent => {
    const words = describeUserAgent(userAgent)
    assert.ok(words !== '' && words.length <= 90, words)
    assert.equal(describeUserAgent(userAgent), words)
    if (!userAgent?.trim()) assert.equal(words, 'An unknown device')
  },
)

const text = fc.oneof(nasty('ada', 'DELETE', 'Ada Lovelace', '\u200b', '\u00a0', '\ufb01', '\u0130'), fc.constant(null))
const users = fc.record({ login: text, email: text, name: text }).map(names => ({
  ...{ id: 'id', emailVerified: false, picture: null, disabledAt: null, createdAt: 0, updatedAt: 0 },
  ...names,
}))
const blank = /^[\s\p{Cf}]*$/u

/** Whatever people are called, and whatever they type to delete their account. */
export const leaving = property(
  'who types the word that the page asks for leaves, and nobody does who types nothing',
  fc.tuple(
    users,
    fc.oneof(text, fc.constant(undefined)),
    fc.array(fc.constantFrom(' ', '\u200b', '\t'), { maxLength: 3 }),
  ),
  ([user, typed, around]) => {
    const { text: word } = confirmationText(user)
    assert.doesNotMatch(word, blank)
    const marks = around.join('')
    for (const way of [word, marks + word + marks, word.normalize('NFD'), word.normalize('NFC')]) {
      assert.ok(isConfirmationText(user, way), JSON.stringify([word, way]))
    }
    const other = typed ?? undefined
    if (other === undefined || blank.test(other)) assert.equal(isConfirmationText(user, other), false)
    assert.equal(isConfirmationText(user, `${word}x`), false)
    if (other !== undefined && isConfirmationText(user, other)) assert.equal(plain(other), plain(word))
  },
)

const plain = (word: string) =>
  word
    .normalize('NFKC')
    .replace(/[\s\p{Cf}]+/gu, '')
    .toLowerCase()
    .normalize('NFKC')
