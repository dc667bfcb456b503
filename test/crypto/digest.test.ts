import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hmac, sha256, timingSafeEqual } from '../../src/crypto/digest.js'
import { randomId, randomToken } from '../../src/crypto/random.js'

const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url')

test('digests are SHA-256 (FIPS 180-4, example "abc")', () => {
  assert.equal(sha256('abc'), base64url('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'))
})

test('digests are HMAC-SHA-256 (RFC 4231, test case 2)', () => {
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  assert.equal(hmac(Buffer.from('Jefe'), 'what do ya want for nothing?'), base64url(expected))
})

test('ST-13 digests compare texts of unequal lengths without throwing', () => {
  assert.ok(timingSafeEqual('same', 'same'))
  for (const other of ['', 'sam', 'samee', 'Same', 'ſame']) assert.ok(!timingSafeEqual('same', other), other)
})

test('SE-05 ST-08 random tokens are 256 bits in base64url, and 10,000 of them are all different', () => {
  const tokens = Array.from({ length: 10_000 }, randomToken)
  for (const token of tokens.slice(0, 100)) assert.match(token, /^[\w-]{43}$/)
  assert.equal(new Set(tokens).size, tokens.length)
})

test('random tokens have little brothers of 128 bits for the ids of rows', () => {
  assert.match(randomId(), /^[\w-]{22}$/)
})
