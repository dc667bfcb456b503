import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, describe, test } from 'node:test'
import { CLIENT_LIMITS, type ClientLimits, type HttpServer, listen } from '../src/http-server.js'
import { rawHeader } from './support/raw-request.js'
import { closed, collect, dial, head } from './support/slow-client.js'

const HOUR = 3_600_000
const ENDLESS = {
  headersTimeoutMs: HOUR,
  requestTimeoutMs: HOUR,
  keepAliveTimeoutMs: HOUR,
  socketTimeoutMs: HOUR,
  lingerMs: HOUR,
  stopTimeoutMs: HOUR,
  stopHeadersTimeoutMs: HOUR,
}
// The end of a client that neither reads nor is read.
const QUICK_SILENCE = { socketTimeoutMs: 200 }
const GET = head('GET / HTTP/1.1')

const httpServers: HttpServer[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const httpServer of httpServers.splice(0)) await httpServer.close()
})

async function open(handler?: RequestListener, limits: Partial<ClientLimits> = {}): Promise<HttpServer> {
  const place = { host: '127.0.0.1', port: 0, tryNextPort: false }
  const httpServer = await listen(place, { ...CLIENT_LIMITS, ...ENDLESS, ...limits })
  httpServers.push(httpServer)
  if (handler) httpServer.handle(handler)
  return httpServer
}

const originOf = (httpServer: HttpServer) => `http://127.0.0.1:${httpServer.port}`

async function connectTo(httpServer: HttpServer): Promise<Socket> {
  // One that does not read does not hear that the other side has closed it.
  const socket = dial(originOf(httpServer)).resume()
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** A connection that the server has seen, because it has answered a later one. */
async function openUnused(httpServer: HttpServer): Promise<Socket> {
  const socket = await connectTo(httpServer)
  const other = await connectTo(httpServer)
  other.write(GET)
  await once(other, 'data')
  return socket
}

const hello: RequestListener = (_, response) => void response.end('hello')

/** Responses that a test ends itself, by the path that was asked for. */
function createHeld() {
  const responses = new Map<string, ServerResponse>()
  const arrivals: (() => void)[] = []
  return {
    paths: () => [...responses.keys()],
    handler: (({ url = '' }, response) => {
      responses.set(url, response)
      for (const arrive of arrivals.splice(0)) arrive()
    }) satisfies RequestListener,
    async response(path: string): Promise<ServerResponse> {
      for (;;) {
        const response = responses.get(path)
        if (response) return response
        await new Promise<void>(resolve => arrivals.push(resolve))
      }
    },
  }
}

// Where a test ends at all nothing has waited for these limits, which are hours long.
describe('A stop', { timeout: 20_000 }, () => {
  test('A11 a stop does not wait for a connection that has never sent a request', async () => {
    const httpServer = await open(hello)
    const socket = await openUnused(httpServer)
    await Promise.all([httpServer.close(), closed(socket)])
  })

  test('A11 a stop does not wait for a connection that is kept open after its response', async () => {
    const httpServer = await open(hello)
    const socket = await connectTo(httpServer)
    socket.write(GET)
    await once(socket, 'data')
    await Promise.all([httpServer.close(), closed(socket)])
  })

  test('A11 a stop cuts off headers that are half sent after a moment, before the time of requests under way is over', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler, { stopHeadersTimeoutMs: 50 })
    const [half, whole] = [await connectTo(httpServer), await connectTo(httpServer)]
    half.write('GET /half HTTP/1.1\r\n')
    whole.write(head('GET /whole HTTP/1.1'))
    const response = await held.response('/whole')
    const stopped = httpServer.close()
    await closed(half)
    const message = collect(whole)
    response.end('finished')
    await Promise.all([stopped, closed(whole)])
    assert.match(message(), /finished$/)
  })

  test('A11 a stop still answers a request whose headers arrive in that moment, and then closes its connection', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler)
    const [half, other] = [await connectTo(httpServer), await connectTo(httpServer)]
    half.write('GET /half HTTP/1.1\r\n')
    other.write(head('GET /other HTTP/1.1'))
    const otherResponse = await held.response('/other')
    const stopped = httpServer.close()
    const message = collect(half)
    half.write('Host: app.example\r\n\r\n')
    const response = await held.response('/half')
    response.end('finished')
    await closed(half)
    assert.equal(rawHeader(message(), 'Connection'), 'close')
    assert.match(message(), /finished$/)
    otherResponse.end()
    await stopped
  })

  test('A11 a stop closes a connection when the response that has begun on it is over', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler)
    const socket = await connectTo(httpServer)
    const message = collect(socket)
    socket.write(GET)
    const response = await held.response('/')
    response.writeHead(200, { 'Content-Length': 10 }).write('hello')
    await once(socket, 'data')
    const stopped = httpServer.close()
    response.end('world')
    await Promise.all([stopped, closed(socket)])
    assert.match(message(), /helloworld$/)
  })

  test('A11 a stop tells the client with the last response under way that the connection ends', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler)
    const socket = await connectTo(httpServer)
    const message = collect(socket)
    socket.write(head('GET /1 HTTP/1.1') + head('GET /2 HTTP/1.1'))
    const responses = [await held.response('/1'), await held.response('/2')]
    const stopped = httpServer.close()
    for (const response of responses) response.end('bye')
    await Promise.all([stopped, closed(socket)])
    const [, first = '', second = ''] = message().split('HTTP/1.1 200 OK')
    assert.deepEqual([rawHeader(first, 'Connection'), rawHeader(second, 'Connection')], ['keep-alive', 'close'])
  })

  test('A11 a stop starts no request that waits behind those under way', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler, { concurrentRequests: 1 })
    const socket = await connectTo(httpServer)
    socket.write(head('GET /1 HTTP/1.1') + head('GET /2 HTTP/1.1'))
    const response = await held.response('/1')
    const stopped = httpServer.close()
    response.end()
    await Promise.all([stopped, closed(socket)])
    assert.deepEqual(held.paths(), ['/1'])
  })

  test('A11 a stop cuts off what is still under way when its time is over', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler, { stopTimeoutMs: 50 })
    const socket = await connectTo(httpServer)
    socket.write(GET)
    await held.response('/')
    await Promise.all([httpServer.close(), closed(socket)])
  })

  test('A11 a stop before the app has started waits for no request', async () => {
    const httpServer = await open()
    const socket = await connectTo(httpServer)
    socket.write(GET)
    await Promise.all([httpServer.close(), closed(socket)])
  })
})

describe('Requests that a client sends ahead of the responses', { timeout: 20_000 }, () => {
  const pipelined = (count: number) =>
    Array.from({ length: count }, (_, index) => head(`GET /${index} HTTP/1.1`)).join('')

  test('A12 requests that a client sends ahead of the responses are answered in their order', async () => {
    const httpServer = await open(({ url }, response) => void setImmediate(() => response.end(`<${url}>`)))
    const socket = await connectTo(httpServer)
    const message = collect(socket)
    socket.write(pipelined(31) + head('GET /31 HTTP/1.1', 'Connection: close'))
    await closed(socket)
    const order = [...message().matchAll(/<\/(\d+)>/g)].map(([, index]) => Number(index))
    assert.deepEqual(
      order,
      Array.from({ length: 32 }, (_, index) => index),
    )
  })

  test('A12 requests that a client sends ahead of the responses that came before the app has started are answered too', async () => {
    const httpServer = await open()
    const socket = await connectTo(httpServer)
    const message = collect(socket)
    socket.write(pipelined(5) + head('GET /5 HTTP/1.1', 'Connection: close'))
    const other = await connectTo(httpServer)
    httpServer.handle(hello)
    other.write(GET)
    await closed(socket)
    assert.equal(message().split('hello').length - 1, 6)
  })

  test('A12 requests that a client sends ahead of the responses are handled four at a time', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler)
    const socket = await connectTo(httpServer)
    socket.write(pipelined(10))
    await held.response('/3')
    assert.deepEqual(held.paths(), ['/0', '/1', '/2', '/3'])
    const first = await held.response('/0')
    first.end()
    await held.response('/4')
    assert.equal(held.paths().length, 5)
  })

  test('A12 requests that a client sends ahead of the responses are four under way at most while it reads none of them', async () => {
    let [pending, most] = [0, 0]
    const httpServer = await open((_, response) => {
      most = Math.max(most, ++pending)
      response.once('close', () => pending--).end(Buffer.alloc(4 * 1024 * 1024))
    }, QUICK_SILENCE)
    const socket = await connectTo(httpServer)
    socket.pause()
    const write = () => socket.writable && socket.write(pipelined(8), () => setImmediate(write))
    write()
    await closed(socket)
    assert.equal(most, 4)
  })

  test('A12 requests that a client sends ahead of the responses go on when a client that did not read its responses reads them after all', async () => {
    const held = createHeld()
    const httpServer = await open(held.handler)
    const socket = (await connectTo(httpServer)).pause()
    const long = `X-Long: ${'x'.repeat(300)}`
    const paths = Array.from({ length: 32 }, (_, index) => `/${index}`)
    const connectionHeader = (path: string) => (path === '/31' ? 'close' : 'keep-alive')
    socket.write(
      paths.map(path => head(`GET ${path} HTTP/1.1`, long, `Connection: ${connectionHeader(path)}`)).join(''),
    )
    const all = paths.map(async path => (await held.response(path)).end(path.padEnd(256 * 1024)))
    await held.response('/3')
    const message = collect(socket.resume())
    await Promise.all(all)
    await closed(socket)
    assert.deepEqual(
      [...message().matchAll(/(\/\d+) {100}/g)].map(([, path]) => path),
      paths,
    )
  })

  test('A12 requests that a client sends ahead of the responses may have bodies, each of which is read when its turn comes', async () => {
    const httpServer = await open(
      async (request, response) => {
        let bytes = 0
        for await (const chunk of request) bytes += chunk.length
        response.end(`<${bytes}>`)
      },
      { concurrentRequests: 1 },
    )
    const socket = await connectTo(httpServer)
    const message = collect(socket)
    const post = (bytes: number) => head('POST / HTTP/1.1', `Content-Length: ${bytes}`) + 'x'.repeat(bytes)
    socket.write(post(100_000) + post(1) + post(200_000) + head('GET / HTTP/1.1', 'Connection: close'))
    await closed(socket)
    assert.deepEqual(message().match(/<\d+>/g), ['<100000>', '<1>', '<200000>', '<0>'])
  })

  test('A12 requests that a client sends ahead of the responses by the thousand end the connection, and keep no other client waiting', async () => {
    let [floods, parsed] = [0, 0]
    let before = NaN
    const count = () => void parsed++
    subscribe('http.server.request.start', count)
    const httpServer = await open(({ url }, response) => {
      if (url !== '/health/live') floods++
      else before = floods
      setImmediate(() => response.end('hello'))
    })
    const flooding = await Promise.all(Array.from({ length: 50 }, () => connectTo(httpServer)))
    const ends = flooding.map(closed)
    for (const socket of flooding) socket.write(GET.repeat(1_900))
    const other = await connectTo(httpServer)
    other.write(head('GET /health/live HTTP/1.1'))
    await Promise.all([once(other, 'data'), ...ends])
    unsubscribe('http.server.request.start', count)
    // Node's own work for a request takes longer than some handlers.
    assert.ok(parsed <= 50 * 64, String(parsed))
    assert.ok(before <= 50 * 32, String(before))
    assert.ok(floods <= 50 * 32, String(floods))
  })
})
