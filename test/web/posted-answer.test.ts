import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { createPostedAnswers } from '../../src/web/posted-answer.js'

const MINUTE = 60_000

let clock = 1_800_000_000_000
const keyring = createKeyring([randomToken()])
const answers = createPostedAnswers(keyring.sealer('form-post'), () => clock)
const answer = new URLSearchParams({ code: 'a+b c&d', state: 'state', user: '{"name":{"firstName":"Zoë"}}' })

const refusedAs = (code: string, act: () => unknown) => assert.throws(act, { name: 'WebRefusal', code })

describe('A posted answer', () => {
  it('comes out of its seal as it went in, with the name that Apple posts once', () => {
    assert.deepEqual([...answers.open('apple', answers.seal('apple', answer))], [...answer])
  })

  it('tells whoever reads it nothing, and two seals of it have nothing in common', () => {
    const [one, other] = [answers.seal('apple', answer), answers.seal('apple', answer)]
    assert.notEqual(one.slice(-40), other.slice(-40))
    assert.match(one, /^[\w-]{8}\.[\w-]+$/)
    assert.ok(!Buffer.from(one.slice(9), 'base64url').includes('state'))
  })

  it('opens for the provider that posted it and for no other', () => {
    const sealed = answers.seal('apple', answer)
    for (const other of ['apple2', 'appl', '', 'Apple']) {
      refusedAs('request_malformed', () => answers.open(other, sealed))
    }
  })

  it('counts for a minute', () => {
    const sealed = answers.seal('apple', answer)
    clock += MINUTE - 1
    assert.equal(answers.open('apple', sealed).get('state'), 'state')
    clock += 1
    refusedAs('attempt_expired', () => answers.open('apple', sealed))
  })

  it('does not open once a character of it is changed, nor when it was sealed for another purpose', () => {
    const sealed = answers.seal('apple', answer)
    for (const at of [0, 8, 9, 40, sealed.length - 4]) {
      const other = sealed[at] === 'A' ? 'B' : 'A'
      refusedAs('request_malformed', () => answers.open('apple', sealed.slice(0, at) + other + sealed.slice(at + 1)))
    }
    const foreign = keyring
      .sealer('flash')
      .seal(JSON.stringify({ answer: 'code=x', postedAt: clock }), 'answer of apple')
    for (const broken of ['', '.', 'null', `${sealed}A`, sealed.slice(1), foreign]) {
      refusedAs('request_malformed', () => answers.open('apple', broken))
    }
  })

  it('gives each parameter once, also one that nobody knows', () => {
    for (const twice of ['code=a&code=a', 'state=a&code=b&state=c', 'other=1&code=a&other=1', '=&=']) {
      refusedAs('request_malformed', () => answers.seal('apple', new URLSearchParams(twice)))
    }
  })

  it('fits into a URL of 8 kB, for which the name is left out where it is too long', () => {
    const withUser = (size: number) =>
      new URLSearchParams({ code: 'c'.repeat(1_000), state: 's', user: 'u'.repeat(size) })
    for (const [size, kept] of [
      [3_500, true],
      [5_000, false],
      [60_000, false],
    ] as const) {
      const sealed = answers.seal('apple', withUser(size))
      assert.ok(sealed.length <= 7_000, String(sealed.length))
      const opened = answers.open('apple', sealed)
      assert.deepEqual([opened.has('user'), opened.get('code')?.length], [kept, 1_000])
    }
    const tooMuch = new URLSearchParams({ code: 'c'.repeat(6_000), state: 's', user: 'u' })
    refusedAs('too_large', () => answers.seal('apple', tooMuch))
  })
})
