import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageOf, isOlderThan } from '../../src/accounts/age.js'
import { CLOCK_TOLERANCE_MS } from '../../src/store/records.js'

const NOW = 1_000_000
const TOLERANCE = CLOCK_TOLERANCE_MS

test('A3 a time in the future is older than every limit, unless clocks that differ a little explain it', () => {
  const table: [then: number, age: number][] = [
    [NOW - 7, 7],
    [NOW, 0],
    [NOW + 1, 0],
    [NOW + TOLERANCE, 0],
    [NOW + TOLERANCE + 1, Number.POSITIVE_INFINITY],
    [Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY],
  ]
  for (const [then, age] of table) assert.equal(ageOf(then, NOW), age, String(then - NOW))
})

test('something is over when its life has passed, to the millisecond', () => {
  assert.equal(isOlderThan(NOW - 9, 10, NOW), false)
  assert.equal(isOlderThan(NOW - 10, 10, NOW), true)
})
