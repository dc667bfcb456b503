import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { NoProxyEntry } from '../../src/http/proxies.js'
import type { Discovered, HttpRequest } from '../../src/http/types.js'
import { createHttpClient, type HttpClientOptions } from '../../src/net/http-client.js'
import { type ConnectProxy, type ProxyHabits, startConnectProxy } from '../support/connect-proxy.js'
import { createSignal, startFakeServer } from './fake-server.js'

const URL_OF_USER = 'http://op.example/user'
const get = (url = URL_OF_USER, discovered?: Discovered): HttpRequest => ({
  ...{ method: 'GET', url, headers: { Authorization: 'Bearer the-token' } },
  ...(discovered && { discovered }),
})
const FROM_OUTSIDE = { by: 'https://op.example', fromPrivateNetwork: false }
const FROM_PRIVATE = { by: 'https://op.example', fromPrivateNetwork: true }

interface Setting extends Partial<HttpClientOptions> {
  habits?: ProxyHabits
  authorization?: string
  noProxy?: readonly NoProxyEntry[]
  tls?: boolean
  port?: number
}

/** Calls by a proxy that alone knows the names; the name server knows the port of this machine and nothing else. */
async function open(t: TestContext, { habits, authorization, noProxy = [], tls = false, port, ...options }: Setting) {
  const proxy = await startConnectProxy(habits)
  t.after(() => proxy.stop())
  const server = {
    ...{ variable: 'HTTPS_PROXY', tls, host: '127.0.0.1' },
    ...{ port: port ?? proxy.port, authorization },
  }
  const outbound = createHttpClient({
    ...{ allowHttp: true, proxies: { https: server, http: server, noProxy } },
    lookup: async host => {
      throw Object.assign(new Error(`${host} was looked up`), { code: 'LOOKED_UP' })
    },
    ...options,
  })
  t.after(() => outbound.close())
  const { send, stream } = outbound.takeSlot('acme')
  return { proxy, outbound, send, stream, name: `the proxy 127.0.0.1:${server.port} (HTTPS_PROXY)` }
}

/** A provider, and what it was sent. */
async function provider(t: TestContext) {
  const headers: NodeJS.Dict<string | string[]>[] = []
  const origin = await startFakeServer(t, (request, response) => {
    headers.push(request.headers)
    response.end('hello')
  })
  const port = Number(new URL(origin).port)
  return { headers, port, targets: { 'op.example:80': port, 'keys.example:80': port } }
}

test('B-08 a call goes through the proxy to a name that the proxy alone knows', async t => {
  const { headers, targets } = await provider(t)
  const { proxy, send } = await open(t, { habits: { targets } })
  assert.equal((await send(get())).body, 'hello')
  assert.deepEqual([headers[0]?.host, headers[0]?.authorization], ['op.example', 'Bearer the-token'])
  assert.deepEqual(
    proxy.requests.map(({ target }) => target),
    ['op.example:80'],
  )
  assert.deepEqual(proxy.requests[0]?.headers, { host: 'op.example:80', connection: 'close' })
  assert.deepEqual(proxy.others, [])
})

test('B-08 a tunnel is used again, and each issuer has its own', async t => {
  const { targets } = await provider(t)
  const { proxy, send } = await open(t, { habits: { targets } })
  for (let calls = 0; calls < 20; calls++) await send(get())
  // Two, when the next call is faster than the end of the last one.
  const shared = proxy.requests.length
  assert.ok(shared < 20, `${shared} tunnels`)
  await send(get('http://keys.example/jwks', FROM_OUTSIDE))
  await send(get('http://keys.example/jwks', { by: 'https://other.example', fromPrivateNetwork: false }))
  assert.equal(proxy.requests.length, shared + 2)
})

test('B-08 a stream comes through the proxy', async t => {
  const { targets } = await provider(t)
  const { proxy, stream } = await open(t, { habits: { targets } })
  const { body } = await stream(get())
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  assert.equal(Buffer.concat(chunks).toString(), 'hello')
  assert.equal(proxy.requests.length, 1)
})

test('B-08 this machine, and what NO_PROXY names, is called directly', async t => {
  const { port } = await provider(t)
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
  const { proxy, send } = await open(t, { noProxy: [{ text: 'corp.example', name: 'corp.example' }], lookup })
  for (const host of ['127.0.0.1', 'localhost', 'dev.localhost', 'op.corp.example']) {
    assert.equal((await send(get(`http://${host}:${port}/user`))).body, 'hello', host)
  }
  assert.deepEqual(proxy.requests, [])
})

test('B-08 user and password go to the proxy, and never to the provider', async t => {
  const { headers, targets } = await provider(t)
  const authorization = `Basic ${Buffer.from('ada:sesame').toString('base64')}`
  const { proxy, send } = await open(t, { habits: { targets, password: 'ada:sesame' }, authorization })
  assert.equal((await send(get())).body, 'hello')
  assert.equal(proxy.requests[0]?.headers['proxy-authorization'], authorization)
  assert.equal(headers[0]?.['proxy-authorization'], undefined)
  assert.ok(!proxy.read().toLowerCase().includes('proxy-'))
})

test('B-08 a proxy that wants a password, or another one, is named with its variable', async t => {
  const password = 'ada:sesame'
  for (const [authorization, message] of [
    [
      undefined,
      'wants a user and a password (407): write them into HTTPS_PROXY, before the host, with an @ behind them',
    ],
    ['Basic d3Jvbmc6d3Jvbmc=', 'does not take the user and password in HTTPS_PROXY (407)'],
  ] as const) {
    const { send, name } = await open(t, { habits: { password }, ...(authorization && { authorization }) })
    await assert.rejects(send(get()), {
      code: 'provider_unreachable',
      message: `GET ${URL_OF_USER} failed: ${name} ${message}`,
    })
  }
})

test('B-08 a tunnel is opened by any 2xx, however a proxy writes it', async t => {
  const { port } = await provider(t)
  for (const head of [
    ...['HTTP/1.0 200 Connection established\r\n\r\n', 'HTTP/1.1 200 \r\nProxy-agent: tinyproxy\r\n\r\n'],
    ...['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ...['HTTP/1.1 204 No Content\r\n\r\n'],
  ]) {
    const misbehave = (socket: Socket) => {
      socket.write(head)
      const target = connect(port, '127.0.0.1').on('error', () => {})
      socket.pipe(target).pipe(socket)
    }
    const { send } = await open(t, { habits: { misbehave } })
    assert.equal((await send(get())).body, 'hello', head)
  }
})

const respondWith = (text: string) => (socket: Socket) => void socket.end(text)

test('B-08 a proxy that misbehaves is told apart from a provider that does, and is not asked again and again', async t => {
  const cases: [misbehave: (socket: Socket) => void, message: string][] = [
    [respondWith('HTTP/1.1 502 Bad Gateway\r\n\r\n<h1>gone</h1>'), 'answered to CONNECT op.example:80 with status 502'],
    [respondWith('HTTP/1.1 403 Forbidden\r\n\r\n<p>no</p>'), 'answered to CONNECT op.example:80 with status 403'],
    [
      respondWith('HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n'),
      'answered to CONNECT op.example:80 with status 302',
    ],
    [respondWith('what do you want?\r\n\r\n'), 'did not answer in HTTP: HPE_INVALID_CONSTANT'],
    [
      respondWith(`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(100_000)}\r\n\r\n`),
      'did not answer in HTTP: HPE_HEADER_OVERFLOW',
    ],
    [socket => socket.end(), 'broke off the connection: ECONNRESET'],
    [socket => socket.resetAndDestroy(), 'broke off the connection: ECONNRESET'],
  ]
  for (const [misbehave, reason] of cases) {
    const { proxy, send, name } = await open(t, { habits: { misbehave } })
    const message = `GET ${URL_OF_USER} failed: ${name} ${reason}`
    await assert.rejects(send(get()), { code: 'provider_unreachable', message })
    assert.equal(proxy.requests.length, 1, reason)
  }
})

test('B-08 a proxy that is not there is named, and not the provider', async t => {
  const gone = await startConnectProxy()
  await gone.stop()
  const { send, name } = await open(t, { port: gone.port })
  const message = `GET ${URL_OF_USER} failed: ${name} could not be reached: ECONNREFUSED`
  await assert.rejects(send(get()), { code: 'provider_unreachable', message })
})

/** A deadline that ends what is given so many milliseconds, at once. */
const endAtOnce =
  (milliseconds: number) =>
  (ms: number, act: () => void): (() => void) => {
    const timer = ms === milliseconds ? setImmediate(act) : undefined
    return () => clearImmediate(timer)
  }

test('B-08 a proxy that is silent is too slow, and its connection is given up', async t => {
  // It ends the wait when the proxy was asked.
  const ends: (() => void)[] = []
  const deadline = (ms: number, act: () => void) => {
    if (ms === 8_000) ends.push(act)
    return () => {}
  }
  const misbehave = () => {
    for (const end of ends) end()
  }
  const { send, name, proxy } = await open(t, { habits: { misbehave }, deadline })
  await assert.rejects(send(get()), {
    code: 'provider_slow',
    message: `GET ${URL_OF_USER} failed: ${name} did not answer to CONNECT op.example:80 in time`,
  })
  await gone(proxy)
  const call = await open(t, { habits: { misbehave: () => {} }, deadline: endAtOnce(10_000) })
  const message = `GET ${URL_OF_USER} did not answer in time`
  await assert.rejects(call.send(get()), { code: 'provider_slow', message })
})

// Without it this waits for ever, because no deadline comes.
test('B-08 closing gives up a connection that the proxy has not opened yet', { timeout: 60_000 }, async t => {
  const asked = createSignal()
  const deadline = () => () => {}
  const { send, outbound, proxy } = await open(t, { habits: { misbehave: () => asked.happen() }, deadline })
  const call = assert.rejects(send(get()), { code: 'provider_unreachable' })
  await asked.happened
  await outbound.close()
  await call
  await gone(proxy)
})

/** Waits until the proxy has no connection any more. */
async function gone(proxy: ConnectProxy): Promise<void> {
  while (proxy.open() > 0) await new Promise(resolve => setImmediate(resolve))
}

test('B-08 a proxy that opens a tunnel to something else than TLS gets nothing of an https request', async t => {
  const { port } = await provider(t)
  const { proxy, send, name } = await open(t, { habits: { targets: { 'op.example:443': port } } })
  await assert.rejects(send(get('https://op.example/user')), error => {
    assert.match(
      String(error),
      /^HttpClientError: GET https:\/\/op\.example\/user failed: [A-Z_0-9]+, through the proxy/,
    )
    assert.ok(String(error).endsWith(name))
    return true
  })
  assert.ok(!proxy.read().includes('the-token'))
})

test('B-08 bytes that a proxy sends behind its 200 are not read as the response of an https provider', async t => {
  const fake = 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
  const { send } = await open(t, { habits: { misbehave: socket => void socket.write(fake) } })
  await assert.rejects(send(get('https://op.example/user')), { code: 'provider_unreachable' })
})

test('B-08 B-38 a proxy that is spoken to over TLS has to prove its own name', async t => {
  const { send, name } = await open(t, { habits: { tls: true }, tls: true })
  await assert.rejects(send(get()), error => {
    assert.ok(String(error).includes(`${name} could not be reached: UNABLE_TO_VERIFY_LEAF_SIGNATURE (the CA of`))
    return String(error).includes('NODE_EXTRA_CA_CERTS')
  })
})

test('B-08 DI-02 metadata from outside lead through the proxy to no host that is inside by its text', async t => {
  const { proxy, send } = await open(t, {})
  for (const host of ['10.0.0.5', '192.168.1.1', '169.254.169.254', '[fd00::1]', '[::ffff:10.0.0.5]', '167772165']) {
    await assert.rejects(send(get(`http://${host}/jwks`, FROM_OUTSIDE)), error => {
      const rule = 'is inside our own network (by its text), where metadata may lead only if they came from there'
      assert.ok(String(error).includes(rule), String(error))
      return true
    })
  }
  assert.deepEqual(proxy.requests, [])
})

test('B-08 DI-02 what goes past the proxy is judged by its address as ever', async t => {
  const { port } = await provider(t)
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
  const { proxy, send } = await open(t, { noProxy: [{ text: 'corp.example', name: 'corp.example' }], lookup })
  for (const host of ['keys.corp.example', 'localhost', '127.0.0.1']) {
    const url = `http://${host}:${port}/jwks`
    await assert.rejects(send(get(url, FROM_OUTSIDE)), /is inside our own network \(127\.0\.0\.1\)/, host)
    assert.equal((await send(get(url, FROM_PRIVATE))).body, 'hello')
  }
  assert.deepEqual(proxy.requests, [])
})

test('B-08 A7 metadata that came through the proxy are inside if their host is so by its text', async t => {
  const { port } = await provider(t)
  const { send } = await open(t, { habits: { targets: { 'op.example:80': port, '10.0.0.5:80': port } } })
  for (const [host, fromPrivateNetwork] of [
    ['op.example', false],
    ['10.0.0.5', true],
  ] as const) {
    const response = await send({ ...get(`http://${host}/metadata`), forMetadata: true })
    assert.equal(response.fromPrivateNetwork, fromPrivateNetwork, host)
  }
})
