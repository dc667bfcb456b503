import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeyring } from '../../src/crypto/keys.js'
import { randomToken } from '../../src/crypto/random.js'
import { createSealedResponses } from '../../src/web/form-post.js'

const MINUTE = 60_000

let clock = 1_800_000_000_000
const keyring = createKeyring([randomToken()])
const sealedResponses = createSealedResponses(keyring.sealer('form-post'), () => clock)
const posted = new URLSearchParams({ code: 'a+b c&d', state: 'state', user: '{"name":{"firstName":"Zoë"}}' })

const refusedAs = (code: string, act: () => unknown) => assert.throws(act, { name: 'HttpError', code })

test('a posted answer comes out of its seal as it went in, with the name that Apple posts once', () => {
  assert.deepEqual([...sealedResponses.open('apple', sealedResponses.seal('apple', posted))], [...posted])
})

test('a posted answer tells whoever reads it nothing, and two seals of it have nothing in common', () => {
  const [one, other] = [sealedResponses.seal('apple', posted), sealedResponses.seal('apple', posted)]
  assert.notEqual(one.slice(-40), other.slice(-40))
  assert.match(one, /^[\w-]{8}\.[\w-]+$/)
  assert.ok(!Buffer.from(one.slice(9), 'base64url').includes('state'))
})

test('a posted answer opens for the provider that posted it and for no other', () => {
  const sealed = sealedResponses.seal('apple', posted)
  for (const other of ['apple2', 'appl', '', 'Apple']) {
    refusedAs('request_malformed', () => sealedResponses.open(other, sealed))
  }
})

test('a posted answer counts for a minute', () => {
  const sealed = sealedResponses.seal('apple', posted)
  clock += MINUTE - 1
  assert.equal(sealedResponses.open('apple', sealed).get('state'), 'state')
  clock += 1
  refusedAs('attempt_expired', () => sealedResponses.open('apple', sealed))
})

test('a posted answer does not open once a character of it is changed, nor when it was sealed for another purpose', () => {
  const sealed = sealedResponses.seal('apple', posted)
  for (const at of [0, 8, 9, 40, sealed.length - 4]) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    refusedAs('request_malformed', () =>
      sealedResponses.open('apple', sealed.slice(0, at) + other + sealed.slice(at + 1)),
    )
  }
  const foreign = keyring.sealer('flash').seal(JSON.stringify({ reply: 'code=x', postedAt: clock }), 'answer of apple')
  for (const broken of ['', '.', 'null', `${sealed}A`, sealed.slice(1), foreign]) {
    refusedAs('request_malformed', () => sealedResponses.open('apple', broken))
  }
})

test('a posted answer gives each parameter once, also one that nobody knows', () => {
  for (const twice of ['code=a&code=a', 'state=a&code=b&state=c', 'other=1&code=a&other=1', '=&=']) {
    refusedAs('request_malformed', () => sealedResponses.seal('apple', new URLSearchParams(twice)))
  }
})

test('a posted answer fits into a URL of 8 kB, for which the name is left out where it is too long', () => {
  const withUser = (size: number) =>
    new URLSearchParams({ code: 'c'.repeat(1_000), state: 's', user: 'u'.repeat(size) })
  for (const [size, saved] of [
    [3_500, true],
    [5_000, false],
    [60_000, false],
  ] as const) {
    const sealed = sealedResponses.seal('apple', withUser(size))
    assert.ok(sealed.length <= 7_000, String(sealed.length))
    const opened = sealedResponses.open('apple', sealed)
    assert.deepEqual([opened.has('user'), opened.get('code')?.length], [saved, 1_000])
  }
  const tooMuch = new URLSearchParams({ code: 'c'.repeat(6_000), state: 's', user: 'u' })
  refusedAs('too_large', () => sealedResponses.seal('apple', tooMuch))
})
