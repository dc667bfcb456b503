import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Deadline } from '../../src/net/deadline.js'
import { createHttpClient, type HttpClientOptions } from '../../src/net/http-client.js'
import { createSignal, startFakeServer } from './fake-server.js'

const MOST = 2

function open(t: TestContext, options: Partial<HttpClientOptions> = {}) {
  const outbound = createHttpClient({ allowHttp: true, maxCalls: MOST, ...options })
  t.after(() => outbound.close())
  const taking = () => {
    const slot = outbound.takeSlot('github')
    return {
      ...slot,
      get: (url: string) => slot.stream({ method: 'GET', url, headers: {} }),
    }
  }
  return { taking }
}

/** How many places are free. */
function free({ taking }: ReturnType<typeof open>): number {
  const taken: { release(): void }[] = []
  try {
    while (taken.length <= MOST) taken.push(taking())
  } catch {}
  for (const { release } of taken) release()
  return taken.length
}

/** A clock that stands still: what runs on it, and how long it was told to wait. */
function stillClock() {
  const running = new Map<() => void, number>()
  const deadline: Deadline = (ms, act) => {
    const own = () => act()
    running.set(own, ms)
    return () => running.delete(own)
  }
  return {
    deadline,
    waiting: () => [...running.values()],
    pass: () => {
      for (const act of running.keys()) act()
    },
  }
}

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const pieces: Uint8Array[] = []
  for await (const piece of body) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/** Pours until nobody listens any more. */
async function endless(t: TestContext) {
  const closed = createSignal()
  const url = await startFakeServer(t, (_, response) => {
    response.on('close', closed.happen)
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    }
    response.on('drain', pour)
    pour()
  })
  return { url, closed: closed.happened }
}

test('a large answer comes piece by piece, past the cap of others, decoded, with its status and headers', async t => {
  const size = 1_000_000
  const url = await startFakeServer(t, (_, response) => {
    response.writeHead(203, { 'Content-Encoding': 'gzip', 'X-Kind': 'large' }).end(gzipSync('y'.repeat(size)))
  })
  const { status, headers, body } = await open(t).taking().get(url)
  assert.deepEqual([status, headers.get('x-kind')], [203, 'large'])
  assert.equal(await textOf(body), 'y'.repeat(size))
})

test('a stream keeps its place until it was read, also when its slot was given back', async t => {
  const outbound = open(t)
  const url = await startFakeServer(t, (_, response) => response.end('hello'))
  const slot = outbound.taking()
  const { body } = await slot.get(url)
  slot.release()
  assert.equal(free(outbound), MOST - 1)
  assert.equal(await textOf(body), 'hello')
  assert.equal(free(outbound), MOST)
})

test('a slot stays taken for its holder when a stream of it has ended', async t => {
  const outbound = open(t)
  const url = await startFakeServer(t, (_, response) => response.end('hello'))
  const slot = outbound.taking()
  await textOf((await slot.get(url)).body)
  assert.equal(free(outbound), MOST - 1)
  slot.release()
  assert.equal(free(outbound), MOST)
})

test('an answer without a body keeps nothing', async t => {
  const outbound = open(t)
  const url = await startFakeServer(t, (_, response) => response.writeHead(204).end())
  const slot = outbound.taking()
  const { body } = await slot.get(url)
  slot.release()
  assert.equal(free(outbound), MOST)
  assert.equal(await textOf(body), '')
})

test('whoever stops reading early ends the connection, and their place is free', async t => {
  const outbound = open(t)
  const { url, closed } = await endless(t)
  const slot = outbound.taking()
  const { body } = await slot.get(url)
  slot.release()
  for await (const _ of body) break
  await closed
  assert.equal(free(outbound), MOST)
})

test('a stream that was cancelled, twice and before it was read, has ended', async t => {
  const outbound = open(t)
  const { url, closed } = await endless(t)
  const slot = outbound.taking()
  const { body, cancel } = await slot.get(url)
  slot.release()
  await cancel()
  await cancel()
  await closed
  assert.equal(free(outbound), MOST)
  assert.equal(await textOf(body), '')
})

test('a stream that is cancelled while a piece is on its way ends without an error', async t => {
  const url = await startFakeServer(t, (_, response) => void response.writeHead(200).flushHeaders())
  const { body, cancel } = await open(t).taking().get(url)
  const piece = body[Symbol.asyncIterator]().next()
  await cancel()
  assert.equal((await piece).done, true)
})

test('the deadline counts until the head is there, and anew for each silence; a reader may rest for a minute', async t => {
  const clock = stillClock()
  let more = () => {}
  const url = await startFakeServer(t, (_, response) => {
    assert.deepEqual(clock.waiting(), [10_000])
    response.write('one')
    more = () => response.end('two')
  })
  const { body } = await open(t, { deadline: clock.deadline }).taking().get(url)
  const pieces = body[Symbol.asyncIterator]()
  assert.deepEqual(clock.waiting(), [60_000])
  const first = pieces.next()
  assert.deepEqual(clock.waiting(), [10_000])
  await first
  assert.deepEqual(clock.waiting(), [60_000])
  const second = pieces.next()
  assert.deepEqual(clock.waiting(), [10_000])
  more()
  await second
  assert.equal((await pieces.next()).done, true)
  assert.deepEqual(clock.waiting(), [])
})

test('TK-16 a provider that falls silent in the middle is too slow, and its connection ends', async t => {
  const clock = stillClock()
  const closed = createSignal()
  const url = await startFakeServer(t, (_, response) => {
    response.on('close', closed.happen)
    response.write('one')
  })
  const outbound = open(t, { deadline: clock.deadline })
  const slot = outbound.taking()
  const { body } = await slot.get(url)
  slot.release()
  const pieces = body[Symbol.asyncIterator]()
  await pieces.next()
  const silence = pieces.next()
  clock.pass()
  await assert.rejects(silence, { name: 'HttpClientError', code: 'provider_slow' })
  await closed.happened
  assert.equal(free(outbound), MOST)
})

test('a stream that nobody reads is cut off, and whoever comes back to it is not told that it ended', async t => {
  const clock = stillClock()
  const { url, closed } = await endless(t)
  const outbound = open(t, { deadline: clock.deadline })
  const slot = outbound.taking()
  const { body } = await slot.get(url)
  slot.release()
  clock.pass()
  await closed
  assert.equal(free(outbound), MOST)
  await assert.rejects(textOf(body), { name: 'HttpClientError', code: 'provider_slow', message: /left unread/ })
})

test('TK-20 a stream that breaks is told without its query, and its place is free', async t => {
  const url = await startFakeServer(t, (_, response) => response.write('one', () => response.destroy()))
  const outbound = open(t)
  const slot = outbound.taking()
  const { body } = await slot.get(`${url}/export?key=sesame`)
  slot.release()
  await assert.rejects(textOf(body), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'provider_unreachable')
    return !error.message.includes('sesame')
  })
  assert.equal(free(outbound), MOST)
})

test('TK-18 a stream follows no redirect either, and nothing but https', async t => {
  const url = await startFakeServer(t, (_, response) => response.writeHead(307, { Location: '/elsewhere' }).end())
  const outbound = open(t)
  const { status, headers, cancel } = await outbound.taking().get(url)
  assert.deepEqual([status, headers.get('location')], [307, '/elsewhere'])
  await cancel()
  const strict = open(t, { allowHttp: false })
  const slot = strict.taking()
  await assert.rejects(slot.get(url), { code: 'provider_unreachable' })
  slot.release()
  assert.equal(free(strict), MOST)
})

test('TK-27 streams that were read to the end leave their connection to the next call', async t => {
  const sockets = new Set<unknown>()
  const url = await startFakeServer(t, (request, response) => {
    sockets.add(request.socket)
    response.end('x'.repeat(100_000))
  })
  const { get } = open(t).taking()
  for (let calls = 0; calls < 20; calls++) await textOf((await get(url)).body)
  assert.ok(sockets.size < 20, `${sockets.size} connections`)
})
