import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, seal } from '../../src/crypto/seal.js'

const key = new Uint8Array(32).fill(7)
const otherKey = new Uint8Array(32).fill(8)

test('a sealer gives back any text, whatever is in it', () => {
  for (const text of ['', 'a', '{"state":"x"}', 'محمد 🙂 \0', 'x'.repeat(10_000)]) {
    assert.equal(open(key, seal(key, text, 'here'), 'here'), text)
  }
})

test('a sealer makes another value each time, because the nonce is random', () => {
  const values = new Set(Array.from({ length: 1_000 }, () => seal(key, 'same', 'here')))
  assert.equal(values.size, 1_000)
})

test('a sealer opens a value that another implementation made with the same key and nonce', () => {
  // AES-256-GCM of "hello" with key 07..07, nonce 00..00 and additional data "here", by Python's cryptography package.
  assert.equal(open(key, 'AAAAAAAAAAAAAAAACb3I3pQsJbya_z84PAyY4xUSOtde', 'here'), 'hello')
})

test('a sealer opens nothing under another key or in another context', () => {
  const sealed = seal(key, 'text', 'here')
  assert.equal(open(otherKey, sealed, 'here'), undefined)
  assert.equal(open(key, sealed, 'there'), undefined)
  assert.equal(open(key, sealed, ''), undefined)
})

test('a sealer opens nothing of which one bit was changed', () => {
  const bytes = Buffer.from(seal(key, 'text', 'here'), 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(bytes.readUInt8(index) ^ 1, index)
    assert.equal(open(key, changed.toString('base64url'), 'here'), undefined, `byte ${index}`)
  }
})

test('a sealer accepts one spelling only, although base64url decoding ignores junk', () => {
  const sealed = seal(key, 'text', 'here')
  for (const spelling of [`${sealed}=`, `${sealed}\n`, ` ${sealed}`, sealed.replace(/^./, '$&!'), `${sealed}A`]) {
    assert.equal(open(key, spelling, 'here'), undefined, JSON.stringify(spelling))
  }
})

test('a sealer opens nothing that is too short, and never throws', () => {
  for (const sealed of ['', 'A', '....', 'AAAA', 'A'.repeat(37)]) assert.equal(open(key, sealed, 'here'), undefined)
})
