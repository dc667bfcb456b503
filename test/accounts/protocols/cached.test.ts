import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCached } from '../../../src/accounts/protocols/cached.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A thing that is kept, of a source that counts; while it is down each answer is a failure. */
function source() {
  let clock = 0
  const state = { loads: 0, down: false }
  const saved = createCached<number>(() => clock)
  const load = async () => {
    state.loads += 1
    if (state.down) throw new Error('down')
    return state.loads
  }
  return {
    state,
    get: () => saved.get(load),
    newerThan: (old: number) => saved.refreshIfSame(old, load),
    wait(ms: number) {
      clock += ms
    },
  }
}

test('DI-08 whoever needs it at the same time shares one fetch, and is told of its failure, which is not kept', async () => {
  const { state, get } = source()
  state.down = true
  const failed = await Promise.allSettled([get(), get(), get()])
  assert.deepEqual(
    failed.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  assert.equal(state.loads, 1)
  state.down = false
  assert.deepEqual(await Promise.all([get(), get()]), [2, 2])
})

test('it is fetched anew after an hour, and not before', async () => {
  const { get, wait } = source()
  assert.equal(await get(), 1)
  wait(HOUR - 1)
  assert.equal(await get(), 1)
  wait(1)
  assert.equal(await get(), 2)
})

test('DI-07 for a day an old one is better than none, and is tried once a minute', async () => {
  const { state, get, wait } = source()
  assert.equal(await get(), 1)
  state.down = true
  wait(HOUR)
  assert.deepEqual([await get(), await get(), state.loads], [1, 1, 2])
  wait(MINUTE - 1)
  assert.deepEqual([await get(), state.loads], [1, 2])
  wait(1)
  assert.deepEqual([await get(), state.loads], [1, 3])
  wait(DAY - HOUR - MINUTE)
  await assert.rejects(get())
  state.down = false
  assert.equal(await get(), 5)
})

test('JK-01 something newer is fetched out of turn, once a minute at most, whoever asks', async () => {
  const { state, get, newerThan, wait } = source()
  const old = await get()
  assert.deepEqual(await Promise.all([newerThan(old), newerThan(old)]), [2, 2])
  assert.equal(await newerThan(old), 2)
  assert.equal(await newerThan(2), undefined)
  wait(MINUTE - 1)
  assert.equal(await newerThan(2), undefined)
  wait(1)
  state.down = true
  await assert.rejects(newerThan(2), /down/)
  // W9: what failed a moment ago is told, not that there is nothing newer.
  await assert.rejects(newerThan(2), /down/)
  assert.equal(state.loads, 3)
})
