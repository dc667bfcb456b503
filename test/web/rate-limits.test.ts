import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { A_MINUTE, type Act, createRateLimits, type RateLimits, type Who } from '../../src/web/rate-limits.js'

const MINUTE = 60_000

let now: number
let limits: RateLimits
beforeEach(() => {
  now = 1_000_000 * MINUTE
  limits = createRateLimits(() => now)
})

const from = (address: string | undefined, browser?: string): Who => ({ address, browser })

async function countTimes(times: number, act: Act, who: Who) {
  const answers = []
  for (let index = 0; index < times; index++) answers.push(await limits.count(act, who))
  return answers
}

/** Uses up what there is; all of it has to pass. */
async function useUp(times: number, act: Act, who: Who): Promise<void> {
  assert.deepEqual([...new Set(await countTimes(times, act, who))], [undefined])
}

describe('In one minute', () => {
  it('an address has room for sixty, also all at once', async () => {
    const ada = from('192.0.2.7')
    const answers = await Promise.all(Array.from({ length: A_MINUTE.address + 1 }, () => limits.count('start', ada)))
    assert.equal(answers.filter(excess => excess !== undefined).length, 1)
  })

  it('DS-18 a whole /64 counts as one', async () => {
    await useUp(A_MINUTE.address - 1, 'start', from('2001:db8::1'))
    await useUp(1, 'start', from('2001:db8::2'))
    assert.equal((await limits.count('start', from('2001:db8::3')))?.by, 'address')
    assert.equal(await limits.count('start', from('2001:db8:0:1::3')), undefined)
  })

  it('a browser has room for twenty, wherever it comes from', async () => {
    for (let index = 0; index < A_MINUTE.browser; index++) await useUp(1, 'start', from(`192.0.2.${index}`, 'ada'))
    assert.equal((await limits.count('start', from('192.0.2.99', 'ada')))?.by, 'browser')
    assert.equal(await limits.count('start', from('192.0.2.99', 'grace')), undefined)
  })

  it('a browser that runs in circles uses up nothing of its neighbours', async () => {
    await countTimes(1_000, 'start', from('192.0.2.7', 'circle'))
    await useUp(A_MINUTE.address - A_MINUTE.browser, 'start', from('192.0.2.7'))
    assert.equal((await limits.count('start', from('192.0.2.7')))?.by, 'address')
  })

  it('starts and callbacks are counted apart', async () => {
    await useUp(A_MINUTE.address, 'start', from('192.0.2.7'))
    await useUp(A_MINUTE.address, 'callback', from('192.0.2.7'))
  })

  it('who is known by nothing is not counted', async () => {
    await useUp(1_000, 'callback', from(undefined))
  })
})

describe('After it', () => {
  it('everything is as before, and the wait that was told is long enough', async () => {
    now += 42_500
    await useUp(A_MINUTE.browser, 'start', from('192.0.2.7', 'ada'))
    const excess = await limits.count('start', from('192.0.2.7', 'ada'))
    assert.deepEqual(excess, { by: 'browser', limit: 20, seconds: 18 })
    now += 18_000
    await useUp(A_MINUTE.browser, 'start', from('192.0.2.7', 'ada'))
  })

  it('who went on trying does not wait longer for it', async () => {
    await countTimes(500, 'start', from('192.0.2.7'))
    now += MINUTE
    assert.equal(await limits.count('start', from('192.0.2.7')), undefined)
  })
})
