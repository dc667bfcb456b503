import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CallPurpose, CallSlot } from '../../src/http/call-slot.js'
import type { Deadline } from '../../src/net/deadline.js'
import { createHttpClient } from '../../src/net/http-client.js'
import { startFakeServer } from './fake-server.js'

const SLOTS = 64
const OTHERS = 48
const PER_PERSON = 4
const BUSY = { name: 'HttpClientError', code: 'provider_busy' }

function open(t: TestContext, deadline?: Deadline) {
  const outbound = createHttpClient({ allowHttp: true, ...(deadline && { deadline }) })
  t.after(() => outbound.close())
  const take = (purpose: CallPurpose) => outbound.takeSlot('acme', { purpose })
  const page = (person: string, within?: number) => outbound.waitForSlot('acme', person, { purpose: 'page', within })
  return { ...outbound, take, page }
}

/** Takes as many as there are. */
function takeAll(take: () => CallSlot): CallSlot[] {
  const slots: CallSlot[] = []
  try {
    for (;;) slots.push(take())
  } catch (error) {
    assert.equal(error instanceof Error && 'code' in error && error.code, 'provider_busy')
    return slots
  }
}

const free = ({ take }: ReturnType<typeof open>): number => {
  const slots = takeAll(() => take('sign-in'))
  for (const slot of slots) slot.release()
  return slots.length
}

test('A6 pages and revocations together leave a quarter of the places to sign-ins, and take none from each other', t => {
  const outbound = open(t)
  const pages = takeAll(() => outbound.take('page'))
  assert.equal(pages.length, OTHERS)
  assert.throws(() => outbound.take('revocation'), BUSY)
  assert.equal(free(outbound), SLOTS - OTHERS)
  for (const purpose of ['metadata', 'refresh'] as const) outbound.take(purpose).release()
  pages.at(0)?.release()
  assert.equal(takeAll(() => outbound.take('revocation')).length, 1)
})

test('A6 sign-ins may have all places, and then nothing else has any', t => {
  const outbound = open(t)
  assert.equal(takeAll(() => outbound.take('sign-in')).length, SLOTS)
  for (const purpose of ['page', 'revocation', 'refresh', 'metadata'] as const) {
    assert.throws(() => outbound.take(purpose), BUSY)
  }
})

test('A6 whoever waits for what others fetch lends the place, and has it back in any case', async t => {
  const outbound = open(t)
  let come = (_: string) => {}
  const fetched = new Promise<string>(resolve => {
    come = resolve
  })
  const waiting = takeAll(() => outbound.take('sign-in')).map(slot => ({ slot, got: slot.wait(fetched) }))
  assert.equal(free(outbound), SLOTS)
  const newcomer = outbound.take('sign-in')
  come('keys')
  for (const { got } of waiting) assert.equal(await got, 'keys')
  assert.throws(() => outbound.take('sign-in'), BUSY)
  newcomer.release()
  for (const { slot } of waiting) slot.release()
  assert.equal(free(outbound), SLOTS)
})

test('A6 a place that was lent is free once, whether its slot ends before the wait or after', async t => {
  const outbound = open(t)
  let fail = (_: Error) => {}
  const fetched = new Promise<never>((_, reject) => {
    fail = reject
  })
  const slot = outbound.take('sign-in')
  const waits = [slot.wait(fetched), slot.wait(fetched)]
  slot.release()
  assert.equal(free(outbound), SLOTS)
  fail(new Error('The fetch failed'))
  for (const wait of waits) await assert.rejects(wait, { message: 'The fetch failed' })
  assert.equal(free(outbound), SLOTS)
})

test('A6 one person has four places at a provider; the next calls wait for these, in their order', async t => {
  const outbound = open(t)
  const first = await Promise.all(Array.from({ length: PER_PERSON }, () => outbound.page('ada')))
  const order: number[] = []
  const later = [1, 2].map(async number => {
    const slot = await outbound.page('ada')
    order.push(number)
    return slot
  })
  const grace = await outbound.page('grace')
  const elsewhere = await outbound.waitForSlot('other', 'ada', { purpose: 'page' })
  assert.deepEqual([order, free(outbound)], [[], SLOTS - PER_PERSON - 1])
  for (const slot of [...first, grace, elsewhere]) slot.release()
  for (const slot of later) (await slot).release()
  assert.deepEqual([order, free(outbound)], [[1, 2], SLOTS])
})

test('A6 ninety loops of one person leave the other sixty places to others', async t => {
  const url = await startFakeServer(t, (_, response) => void response.end('{}'))
  // Nothing here ends by the clock, however slow the machine is.
  const outbound = open(t, () => () => {})
  let [atOnce, most, succeeded, busy, fewest] = [0, 0, 0, 0, SLOTS]
  const ask = async () => {
    const slot = await outbound.page('ada')
    most = Math.max(most, ++atOnce)
    fewest = Math.min(fewest, free(outbound))
    await slot.send({ method: 'GET', url, headers: {} })
    atOnce--
    slot.release()
    succeeded++
  }
  await Promise.all(Array.from({ length: 90 }, () => ask().catch(() => busy++)))
  assert.deepEqual([most, succeeded, busy, fewest], [PER_PERSON, 68, 22, SLOTS - PER_PERSON])
})

test('A6 a stream keeps the place of its person until it is read', async t => {
  const url = await startFakeServer(t, (_, response) => void response.end('{}'))
  const outbound = open(t)
  const streams = await Promise.all(
    Array.from({ length: PER_PERSON }, async () => {
      const slot = await outbound.page('ada')
      const response = await slot.stream({ method: 'GET', url, headers: {} })
      slot.release()
      return response
    }),
  )
  let isThere = false
  const next = outbound.page('ada').then(slot => {
    isThere = true
    return slot
  })
  await Promise.resolve()
  assert.equal(isThere, false)
  await streams[0]?.cancel()
  ;(await next).release()
})

test('A6 who waited too long for a place is told so, and holds up nobody', async t => {
  const running = new Set<() => void>()
  const outbound = open(t, (_, act) => {
    running.add(act)
    return () => running.delete(act)
  })
  const held = await Promise.all(Array.from({ length: PER_PERSON }, () => outbound.page('ada')))
  const late = outbound.page('ada')
  await Promise.resolve()
  for (const act of running) act()
  await assert.rejects(late, BUSY)
  held[0]?.release()
  ;(await outbound.page('ada')).release()
})

test('A5 a slot whose time is over frees its place at once, tells those who wait, and sends nothing more', async t => {
  let timeIsUp = () => {}
  let asked = 0
  const url = await startFakeServer(t, (_, response) => {
    asked++
    response.end('{}')
  })
  const outbound = open(t, (ms, act) => {
    if (ms === 30_000) timeIsUp = act
    return () => {}
  })
  const slot = outbound.takeSlot('acme', { purpose: 'sign-in', within: 30_000 })
  await slot.send({ method: 'GET', url, headers: {} })
  timeIsUp()
  assert.equal(free(outbound), SLOTS)
  await assert.rejects(slot.ended ?? Promise.resolve(), { code: 'provider_slow', message: /30 seconds in all/ })
  await assert.rejects(slot.send({ method: 'GET', url, headers: {} }), { code: 'provider_slow' })
  slot.release()
  assert.deepEqual([asked, free(outbound)], [1, SLOTS])
})
