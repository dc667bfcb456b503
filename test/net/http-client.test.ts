import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { HttpRequest } from '../../src/http/types.js'
import { createHttpClient, type HttpClientOptions } from '../../src/net/http-client.js'
import { bySignal } from '../support/signal-deadline.js'
import { createSignal, startFakeServer } from './fake-server.js'

const get = (url: string): HttpRequest => ({ method: 'GET', url, headers: {} })

const post = (url: string): HttpRequest => ({
  method: 'POST',
  url,
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', Authorization: 'Basic c2VzYW1l' },
  body: 'code=the-code&client_secret=sesame',
})

function open(t: TestContext, options: Partial<HttpClientOptions> = {}) {
  const outbound = createHttpClient({ allowHttp: true, ...options })
  t.after(() => outbound.close())
  return outbound
}

const sender = (t: TestContext, options: Partial<HttpClientOptions> = {}) => open(t, options).takeSlot('github').send

test('a request goes out as it is, with a name, and the answer comes back raw', async t => {
  const url = await startFakeServer(t, async (request, response) => {
    const chunks = await request.toArray()
    const { authorization, accept } = request.headers
    const seen = [request.method, request.url, request.headers['user-agent'], authorization, accept, chunks.join('')]
    response.writeHead(418, { 'Content-Type': 'Application/JSON; charset=utf-8' })
    response.end(JSON.stringify(seen))
  })
  const send = sender(t)
  const request = post(`${url}/token?tenant=a`)
  const response = await send({ ...request, headers: { ...request.headers, Accept: 'application/json' } })
  assert.deepEqual(Object.keys(response), ['status', 'headers', 'mediaType', 'body'])
  assert.deepEqual([response.status, response.mediaType], [418, 'application/json'])
  assert.deepEqual(JSON.parse(response.body), [
    'POST',
    '/token?tenant=a',
    'Vestibule',
    'Basic c2VzYW1l',
    'application/json',
    'code=the-code&client_secret=sesame',
  ])
})

test('TK-26 the headers of an answer come along by their lower-case names, but for its cookies', async t => {
  const url = await startFakeServer(t, (_, response) => {
    response.setHeader('X-RateLimit-Remaining', '59')
    response.setHeader('Set-Cookie', ['a=b; HttpOnly', 'c=d'])
    response.setHeader('Link', ['<https://a.example/?page=2>; rel="next"', '<https://a.example/?page=9>; rel="last"'])
    response.writeHead(200, { 'Set-Cookie2': 'e=f' }).end()
  })
  const { send, stream } = open(t).takeSlot('github')
  const streamed = await stream(get(url))
  for (const { headers } of [await send(get(url)), streamed]) {
    assert.equal(headers.get('x-ratelimit-remaining'), '59')
    assert.equal(
      headers.get('link'),
      '<https://a.example/?page=2>; rel="next", <https://a.example/?page=9>; rel="last"',
    )
    assert.deepEqual(
      [...headers.keys()].filter(name => name.includes('cookie')),
      [],
    )
  }
  await streamed.cancel()
})

test('every method of an API goes out, with its body', async t => {
  const url = await startFakeServer(t, async (request, response) => {
    response.end(`${request.method} ${(await request.toArray()).join('')}`)
  })
  const send = sender(t)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    assert.equal((await send({ ...get(url), method, body: '{}' })).body, `${method} {}`)
  }
  assert.equal((await send({ ...get(url), method: 'DELETE' })).body, 'DELETE ')
})

test('TK-18 TK-19 a redirect is not followed, so that the code and the secret stay where they were sent', async t => {
  const elsewhere: string[] = []
  const other = await startFakeServer(t, async (request, response) => {
    elsewhere.push(`${request.method} ${(await request.toArray()).join('')}`)
    response.end()
  })
  let status = 0
  const url = await startFakeServer(t, (_, response) => {
    response.writeHead(status, { Location: `${other}/stolen` }).end()
  })
  const send = sender(t)
  for (status of [301, 302, 303, 307, 308]) {
    assert.equal((await send(post(`${url}/token`))).status, status)
    assert.equal((await send(get(`${url}/user`))).status, status)
  }
  assert.deepEqual(elsewhere, [])
})

test('http is refused before anything is sent, except for the development provider', async t => {
  let connections = 0
  const url = await startFakeServer(t, (_, response) => {
    connections++
    response.end('hello')
  })
  await assert.rejects(sender(t, { allowHttp: false })(get(url)), {
    name: 'HttpClientError',
    code: 'provider_unreachable',
  })
  assert.equal(connections, 0)
  assert.equal((await sender(t)(get(url))).body, 'hello')
})

test('other schemes, and what is not a URL, go nowhere', async t => {
  const send = sender(t)
  for (const url of ['file:///etc/hostname', 'data:,hello', 'ftp://provider.example/', '/relative', '', 'https://']) {
    await assert.rejects(send(get(url)), { name: 'HttpClientError', code: 'provider_unreachable' }, url)
  }
})

test('TK-16 a provider that never answers is too slow', async t => {
  const deadline = new AbortController()
  const url = await startFakeServer(t, () => deadline.abort())
  const send = sender(t, { deadline: bySignal(() => deadline.signal) })
  await assert.rejects(send(get(url)), { name: 'HttpClientError', code: 'provider_slow' })
})

test('TK-16 a dripping body is cut by the same deadline, and the connection ends', async t => {
  const deadline = new AbortController()
  const closed = createSignal()
  const url = await startFakeServer(t, (_, response) => {
    response.on('close', () => closed.happen())
    let drops = 0
    const drip = setInterval(() => {
      response.write(' ')
      if (++drops === 20) deadline.abort()
    }, 1)
    response.on('close', () => clearInterval(drip))
  })
  const send = sender(t, { deadline: bySignal(() => deadline.signal) })
  await assert.rejects(send(get(url)), { name: 'HttpClientError', code: 'provider_slow' })
  await closed.happened
})

test('the deadline is ten seconds for each call, unless told otherwise', async t => {
  const asked: number[] = []
  const deadline = (ms: number) => {
    asked.push(ms)
    return () => {}
  }
  const url = await startFakeServer(t, (_, response) => response.end())
  await sender(t, { deadline })(get(url))
  await sender(t, { deadline, timeoutMs: 50 })(get(url))
  assert.deepEqual(asked, [10_000, 50])
})

test('TK-16 a body is read up to 256 kB and not a byte further', async t => {
  let size = 256 * 1024
  const url = await startFakeServer(t, (_, response) => response.end('x'.repeat(size)))
  const send = sender(t)
  assert.equal((await send(get(url))).body.length, size)
  size += 1
  await assert.rejects(send(get(url)), { name: 'HttpClientError', code: 'provider_malformed' })
})

test('TK-16 a body without an end is left when it is too large', async t => {
  const closed = createSignal()
  const url = await startFakeServer(t, (_, response) => {
    response.on('close', () => closed.happen())
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    }
    response.on('drain', pour)
    pour()
  })
  await assert.rejects(sender(t)(get(url)), { name: 'HttpClientError', code: 'provider_malformed' })
  await closed.happened
})

test('a small gzip body that holds megabytes is counted after decoding', async t => {
  const bomb = gzipSync(Buffer.alloc(10_000_000))
  assert.ok(bomb.length < 20_000)
  const url = await startFakeServer(t, (request, response) => {
    const body = request.url === '/bomb' ? bomb : gzipSync('{"a":"ä"}')
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(body)
  })
  const send = sender(t)
  await assert.rejects(send(get(`${url}/bomb`)), { name: 'HttpClientError', code: 'provider_malformed' })
  assert.equal((await send(get(url))).body, '{"a":"ä"}')
})

test('TK-06 a byte order mark reaches the reader of the answer', async t => {
  const url = await startFakeServer(t, (_, response) => response.end('\ufeff{}'))
  assert.equal((await sender(t)(get(url))).body, '\ufeff{}')
})

test('an answer without a body or a media type is an empty one', async t => {
  const url = await startFakeServer(t, (_, response) => response.writeHead(204).end())
  const { status, mediaType, body } = await sender(t)(get(url))
  assert.deepEqual({ status, mediaType, body }, { status: 204, mediaType: '', body: '' })
})

test('TK-20 a refused connection, and one that breaks in the answer, are told without query or secret', async t => {
  const free = createTcpServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise(resolve => free.close(resolve))
  const url = await startFakeServer(t, (request, response) => {
    if (request.url?.startsWith('/half')) response.write('{', () => response.destroy())
    else request.socket.destroy()
  })
  const send = sender(t)
  for (const target of [`http://127.0.0.1:${port}/token`, `${url}/token`, `${url}/half`]) {
    await assert.rejects(send(post(`${target}?code=the-code`)), (error: Error & { code: string }) => {
      assert.equal(error.code, 'provider_unreachable')
      assert.ok(error.message.startsWith(`POST ${target} failed: `), error.message)
      assert.equal(error.cause, undefined)
      return !/the-code|sesame|c2VzYW1l/.test(error.message)
    })
  }
})

test('a header that cannot be sent is not quoted', async t => {
  const url = await startFakeServer(t, (_, response) => response.end())
  const request = { ...get(url), headers: { Authorization: 'Bearer sesame\r\nX: y' } }
  await assert.rejects(sender(t)(request), (error: Error) => !`${error.message}${error.stack}`.includes('sesame'))
})

test('DS-06 the 65th call at once to a provider is refused, and other providers do not notice', t => {
  const outbound = open(t)
  const slots = Array.from({ length: 64 }, () => outbound.takeSlot('github'))
  assert.throws(() => outbound.takeSlot('github'), { name: 'HttpClientError', code: 'provider_busy' })
  outbound.takeSlot('gitlab').release()
  slots[0]?.release()
  outbound.takeSlot('github')
  assert.throws(() => outbound.takeSlot('github'), { code: 'provider_busy' })
})

test('a slot given back twice is one slot', t => {
  const outbound = open(t, { maxCalls: 2 })
  const slot = outbound.takeSlot('github')
  outbound.takeSlot('github')
  slot.release()
  slot.release()
  outbound.takeSlot('github')
  assert.throws(() => outbound.takeSlot('github'), { code: 'provider_busy' })
})

test('TK-27 the connection of an answer that was read is used again', async t => {
  const sockets = new Set<unknown>()
  const url = await startFakeServer(t, (request, response) => {
    sockets.add(request.socket)
    response.writeHead(500).end('x'.repeat(1000))
  })
  const send = sender(t)
  for (let calls = 0; calls < 20; calls++) await send(get(url))
  // Two, when the next call is faster than the end of the last one.
  assert.ok(sockets.size < 20, `${sockets.size} connections`)
})

test('closing ends the connections, and calls after it are refused', async t => {
  const closed = createSignal()
  const url = await startFakeServer(t, (request, response) => {
    request.socket.on('close', () => closed.happen())
    response.end()
  })
  const outbound = createHttpClient({ allowHttp: true })
  const { send } = outbound.takeSlot('github')
  await send(get(url))
  await outbound.close()
  await closed.happened
  await assert.rejects(send(get(url)), { name: 'HttpClientError', code: 'provider_unreachable' })
})
