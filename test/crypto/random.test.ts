import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes, randomId, randomToken } from '../../src/crypto/random.js'

test('no byte is handed out twice, and none is left out, wherever a refill falls', () => {
  const lengths = Array.from({ length: 2_000 }, (_, turn) => [12, 16, 32][turn % 3] ?? 0)
  const drawn = lengths.map(length => randomBytes(length))
  assert.deepEqual(
    drawn.map(bytes => bytes.length),
    lengths,
  )
  // Any eight bytes in a row, even across two draws, are met once: 2^-35 that chance says otherwise.
  const all = Buffer.concat(drawn)
  const windows = new Set(Array.from({ length: all.length - 7 }, (_, start) => all.readBigUInt64LE(start)))
  assert.equal(windows.size, all.length - 7)
})

test('what was handed out stays as it is', () => {
  const first = randomBytes(32)
  const text = first.toString('hex')
  for (let turn = 0; turn < 100; turn++) randomBytes(32)
  assert.equal(first.toString('hex'), text)
})

test('the bytes have every value about as often', () => {
  const counts = new Array<number>(256).fill(0)
  for (let turn = 0; turn < 8_000; turn++) for (const byte of randomBytes(32)) counts[byte] = (counts[byte] ?? 0) + 1
  // 1,000 each are expected; a deviation of 250 is eight times the standard one.
  for (const [byte, count] of counts.entries()) assert.ok(Math.abs(count - 1_000) < 250, `${byte}: ${count}`)
})

test('more at once than there are is refused, not cut', () => {
  assert.equal(randomBytes(1_024).length, 1_024)
  assert.throws(() => randomBytes(1_025), RangeError)
})

test('ST-08 ten thousand tokens, of which states and verifiers are made, are ten thousand different ones', () => {
  assert.equal(new Set(Array.from({ length: 10_000 }, randomToken)).size, 10_000)
})

test('a token is 43 characters of base64url, an id 22', () => {
  assert.match(randomToken(), /^[\w-]{43}$/)
  assert.match(randomId(), /^[\w-]{22}$/)
})
