import assert from 'node:assert/strict'
import { beforeEach, describe, mock, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  createRateLimits,
  type LimitedAction,
  MAX_COUNTERS,
  PER_MINUTE,
  type RateLimitKeys,
  type RateLimits,
} from '../../../src/web/guards/rate-limit-counters.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const MINUTE = 60_000

let now: number
let limits: RateLimits
beforeEach(() => {
  now = 1_000_000 * MINUTE
  limits = createRateLimits(() => now)
})

const from = (address: string | undefined, browser?: string): RateLimitKeys => ({ address, browser })

function countTimes(times: number, act: LimitedAction, who: RateLimitKeys) {
  const responses = []
  for (let index = 0; index < times; index++) responses.push(limits.count(act, who))
  return responses
}

/** Uses up what there is; all of it has to pass. */
function useUp(times: number, act: LimitedAction, who: RateLimitKeys): void {
  assert.deepEqual([...new Set(countTimes(times, act, who))], [undefined])
}

test('in one minute, an address has room for sixty, also all at once', () => {
  const ada = from('192.0.2.7')
  const responses = Array.from({ length: PER_MINUTE.address + 1 }, () => limits.count('start', ada))
  assert.equal(responses.filter(excess => excess !== undefined).length, 1)
})

test('DS-18 in one minute, a whole /64 counts as one', () => {
  useUp(PER_MINUTE.address - 1, 'start', from('2001:db8::1'))
  useUp(1, 'start', from('2001:db8::2'))
  assert.equal(limits.count('start', from('2001:db8::3'))?.by, 'address')
  assert.equal(limits.count('start', from('2001:db8:0:1::3')), undefined)
})

test('in one minute, a browser has room for twenty, wherever it comes from', () => {
  for (let index = 0; index < PER_MINUTE.browser; index++) useUp(1, 'start', from(`192.0.2.${index}`, 'ada'))
  assert.equal(limits.count('start', from('192.0.2.99', 'ada'))?.by, 'browser')
  assert.equal(limits.count('start', from('192.0.2.99', 'grace')), undefined)
})

test('in one minute, a browser that runs in circles uses up nothing of its neighbours', () => {
  countTimes(1_000, 'start', from('192.0.2.7', 'circle'))
  useUp(PER_MINUTE.address - PER_MINUTE.browser, 'start', from('192.0.2.7'))
  assert.equal(limits.count('start', from('192.0.2.7'))?.by, 'address')
})

test('in one minute starts and callbacks are counted apart', () => {
  useUp(PER_MINUTE.address, 'start', from('192.0.2.7'))
  useUp(PER_MINUTE.address, 'callback', from('192.0.2.7'))
})

test('in one minute, who is known by nothing is not counted', () => {
  useUp(1_000, 'callback', from(undefined))
})

test('after it everything is as before, and the wait that was told is long enough', () => {
  now += 42_500
  useUp(PER_MINUTE.browser, 'start', from('192.0.2.7', 'ada'))
  const excess = limits.count('start', from('192.0.2.7', 'ada'))
  assert.deepEqual(excess, { by: 'browser', limit: 20, retryAfterSeconds: 18 })
  now += 18_000
  useUp(PER_MINUTE.browser, 'start', from('192.0.2.7', 'ada'))
})

test('after it, who went on trying does not wait longer for it', () => {
  countTimes(500, 'start', from('192.0.2.7'))
  now += MINUTE
  assert.equal(limits.count('start', from('192.0.2.7')), undefined)
})

describe('A flood of new addresses', () => {
  const newcomer = (index: number) => `2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::1`

  test('A13 a flood of new addresses un-counts no address that goes on trying, and no browser', () => {
    useUp(PER_MINUTE.address, 'start', from('192.0.2.7'))
    useUp(PER_MINUTE.browser, 'start', from('192.0.2.8', 'ada'))
    for (let index = 0; index < 2 * MAX_COUNTERS; index++) {
      limits.count('start', from(newcomer(index)))
      if (index % (MAX_COUNTERS / 2) > 0) continue
      assert.equal(limits.count('start', from('192.0.2.7'))?.by, 'address', String(index))
      assert.equal(limits.count('start', from('192.0.2.9', 'ada'))?.by, 'browser', String(index))
    }
  })

  test('A13 a flood of new addresses un-counts no address whose failures are only looked at', () => {
    useUp(PER_MINUTE.address, 'logout-token', from('192.0.2.7'))
    for (let index = 0; index < 2 * MAX_COUNTERS; index++) {
      limits.count('start', from(newcomer(index)))
      if (index % (MAX_COUNTERS / 2) === 0)
        assert.equal(limits.checkFailures('logout-token', '192.0.2.7')?.by, 'address')
    }
  })

  test('A13 a flood of new addresses takes up no more memory than the first of them', () => {
    const sizes: number[] = []
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < MAX_COUNTERS; index++) {
        limits.count('start', from(newcomer(round * MAX_COUNTERS + index)))
      }
      collectGarbage()
      sizes.push(process.memoryUsage().heapUsed)
    }
    const [first = 0, ...later] = sizes
    for (const size of later) assert.ok(size < first + 10_000_000, `${sizes}`)
  })
})

test('A13 the time of day has no say in how long a minute is', () => {
  const monotonic = createRateLimits(() => now)
  for (let count = 0; count < PER_MINUTE.address; count++) monotonic.count('start', from('192.0.2.7'))
  mock.timers.enable({ apis: ['Date'], now: 10 * 365 * 24 * 60 * MINUTE })
  try {
    assert.equal(monotonic.count('start', from('192.0.2.7'))?.by, 'address')
    mock.timers.setTime(0)
    assert.equal(monotonic.count('start', from('192.0.2.7'))?.by, 'address')
    now += MINUTE
    assert.equal(monotonic.count('start', from('192.0.2.7')), undefined)
  } finally {
    mock.timers.reset()
  }
})

test('A6 logout tokens of one address are verified eight at a time, in the order they came, and every other address has its own eight', async () => {
  const turns = await Promise.all(Array.from({ length: 8 }, () => limits.acquireTurn('192.0.2.7')))
  const order: number[] = []
  const waiting = [1, 2, 3].map(async number => {
    const turn = await limits.acquireTurn('192.0.2.7')
    order.push(number)
    return turn
  })
  assert.ok(await limits.acquireTurn('192.0.2.8'))
  assert.deepEqual(order, [])
  for (const giveBack of turns) giveBack?.()
  for (const turn of waiting) (await turn)?.()
  assert.deepEqual(order, [1, 2, 3])
  assert.ok(await limits.acquireTurn('192.0.2.7'))
})

test('A6 logout tokens of one address that wait for too long, or are too many, get no turn', async () => {
  let timeIsUp = () => {}
  const short = createRateLimits(
    () => now,
    { starts: 60, callbacks: 60 },
    (_, act) => {
      timeIsUp = act
      return () => {}
    },
  )
  const [turn] = await Promise.all(Array.from({ length: 8 }, () => short.acquireTurn('192.0.2.7')))
  const late = short.acquireTurn('192.0.2.7')
  await Promise.resolve()
  timeIsUp()
  assert.equal(await late, undefined)
  const crowd = Array.from({ length: 1_000 }, () => short.acquireTurn('192.0.2.7'))
  assert.equal(await short.acquireTurn('192.0.2.7'), undefined)
  // The one that waited too long does not hold up those behind it.
  turn?.()
  assert.ok(await crowd[0])
})
