import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { after, afterEach, before, describe, test } from 'node:test'
import { CLIENT_LIMITS, type ClientLimits, type HttpServer, listen } from '../src/http-server.js'
import { deferred } from './support/acme-app.js'
import { startApp, type TestApp } from './support/app.js'
import { rawHeader } from './support/raw-request.js'
import { closed, collect, dial, dripUntilCut, head } from './support/slow-client.js'

/** Only the limit that a test is about is short; the others would take longer than the test may. */
const QUICK: Partial<ClientLimits> = { checkIntervalMs: 10, lingerMs: 20 }
const MUCH = 64 * 1024 * 1024
const HOUR = 3_600_000
const LONG: ClientLimits = {
  ...CLIENT_LIMITS,
  headersTimeoutMs: HOUR,
  requestTimeoutMs: HOUR,
  keepAliveTimeoutMs: HOUR,
  socketTimeoutMs: HOUR,
  lingerMs: HOUR,
}

const httpServers: HttpServer[] = []
afterEach(async () => {
  for (const httpServer of httpServers.splice(0)) await httpServer.close()
})

async function open(limits: Partial<ClientLimits>, handler: RequestListener): Promise<string> {
  const place = { host: '127.0.0.1', port: 0, tryNextPort: false }
  const httpServer = await listen(place, { ...LONG, ...QUICK, ...limits })
  httpServers.push(httpServer)
  httpServer.handle(handler)
  return `http://127.0.0.1:${httpServer.port}`
}

const hello: RequestListener = (_, response) => void response.end('hello')
/** As the app does with a form: no answer before the body has ended. */
const afterTheBody: RequestListener = (request, response) => {
  request.resume().on('end', () => response.end('thanks'))
}
const GET = head('GET / HTTP/1.1')
const FORM = head('POST /logout HTTP/1.1', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 60000')
const CHUNKED = head('POST / HTTP/1.1', 'Transfer-Encoding: chunked')

// The time limit is for what would never end.
describe('DS-05 A slow client', { timeout: 10_000 }, () => {
  test('DS-05 a slow client that connects and says nothing is cut off', async () => {
    assert.match(await dripUntilCut(await open({ headersTimeoutMs: 50 }, hello), ''), /^HTTP\/1\.1 408 /)
  })

  test('DS-05 a slow client that sends its headers a byte at a time is cut off', async () => {
    const message = await dripUntilCut(await open({ headersTimeoutMs: 50 }, hello), 'GET / HTTP/1.1\r\nX-Slow: ', 'x')
    assert.match(message, /^HTTP\/1\.1 408 Request Timeout\r\n/)
    assert.doesNotMatch(message, /hello/)
  })

  for (const [what, beginning, piece] of [
    ['of a length', FORM, 'x'],
    ['in chunks', CHUNKED, '1\r\nx\r\n'],
  ] as const) {
    test(`DS-05 a slow client whose body ${what} never ends is cut off`, async () => {
      const message = await dripUntilCut(
        await open({ headersTimeoutMs: 50, requestTimeoutMs: 80 }, afterTheBody),
        beginning,
        piece,
      )
      assert.match(message, /^HTTP\/1\.1 408 /)
      assert.doesNotMatch(message, /thanks/)
    })
  }

  test('DS-05 a slow client that goes on sending after its answer is cut off', async () => {
    const message = await dripUntilCut(await open({}, hello), CHUNKED, '1\r\nx\r\n')
    assert.match(message, /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello/)
  })

  test('DS-05 a slow client that keeps its connection for nothing is cut off', async () => {
    assert.match(
      await dripUntilCut(await open({ keepAliveTimeoutMs: 50 }, hello), GET),
      /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello/,
    )
  })

  test('DS-05 B-45 a slow client keeps its connection for its next request, however short the limits on requests are', async () => {
    const limits = { headersTimeoutMs: 40, requestTimeoutMs: 40, socketTimeoutMs: 40, lingerMs: 40 }
    const origin = await open(limits, ({ url }, response) => void (url === '/' && response.end('hello')))
    const idle = dial(origin)
    const message = collect(idle)
    idle.write(GET)
    await once(idle, 'data')
    // Each of these is cut off by one of the limits, which have been over for the idle one too then.
    for (const beginning of ['', 'GET / HTTP/1.1\r\n', head('GET /silent HTTP/1.1')]) {
      await dripUntilCut(origin, beginning)
      await dripUntilCut(origin, beginning)
    }
    idle.write(head('GET / HTTP/1.1', 'Connection: close'))
    await closed(idle)
    assert.equal(message().split('hello').length - 1, 2)
  })

  test('DS-05 a slow client that does not read its answer is cut off', async () => {
    const cut = deferred()
    const origin = await open({ socketTimeoutMs: 100 }, (_, response) => {
      response.on('close', cut.happen).end(Buffer.alloc(MUCH))
    })
    const socket = dial(origin).pause()
    const message = collect(socket)
    socket.pause().write(GET)
    await cut.happened
    socket.resume()
    await closed(socket)
    assert.ok(message().length < MUCH)
  })
})

describe('Connections', { timeout: 10_000 }, () => {
  test('connections are bounded, and who leaves makes room', async () => {
    const origin = await open({ maxConnections: 2 }, hello)
    const [first, second] = [dial(origin), dial(origin)]
    await Promise.all([once(first, 'connect'), once(second, 'connect')])
    assert.equal(await dripUntilCut(origin, GET), '')
    second.write(GET)
    assert.match(String((await once(second, 'data'))[0]), /hello/)

    first.destroy()
    // The server hears of it a moment later.
    while (!(await greets(origin)));
    second.destroy()
  })

  async function greets(origin: string): Promise<boolean> {
    const socket = dial(origin)
    const message = collect(socket)
    socket.end(head('GET / HTTP/1.1', 'Connection: close'))
    await closed(socket)
    return message().includes('hello')
  }
})

describe('What is no request', { timeout: 10_000 }, () => {
  const NONSENSE: [what: string, status: string, text: string][] = [
    ['SE-16 a cookie of 20 kB', '431 Request Header Fields Too Large', head('GET / HTTP/1.1', cookieOf(20_000))],
    ['SE-16 twenty cookies of 1 kB', '431 Request Header Fields Too Large', manyCookies(20)],
    ['a URL of 20 kB', '431 Request Header Fields Too Large', head(`GET /${'a'.repeat(20_000)} HTTP/1.1`)],
    ['a header without a name', '400 Bad Request', head('GET / HTTP/1.1', ': x')],
    ['two lengths', '400 Bad Request', head('POST / HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2')],
    [
      'a length and chunks',
      '400 Bad Request',
      head('POST / HTTP/1.1', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
    ],
    ['another protocol', '400 Bad Request', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03secret'],
  ]
  for (const [what, status, text] of NONSENSE) {
    test(`what is no request ${what} is answered ${status.slice(0, 3)}, in a word and without a trace of what was sent`, async () => {
      const message = await dripUntilCut(await open({}, hello), text)
      const [top = '', body] = message.split('\r\n\r\n')
      assert.equal(top.split('\r\n')[0], `HTTP/1.1 ${status}`)
      assert.equal(body, `${status.slice(4)}\n`)
      assert.equal(rawHeader(message, 'Connection'), 'close')
      assert.equal(rawHeader(message, 'Cache-Control'), 'no-store')
      assert.equal(rawHeader(message, 'X-Content-Type-Options'), 'nosniff')
      assert.equal(top.split('\r\n').length, 6)
    })
  }

  test('what is no request in the middle of an answer gets none of its own', async () => {
    const origin = await open({}, (_, response) => {
      response.writeHead(200, { 'Content-Length': 10 })
      response.write('hello')
    })
    const socket = dial(origin)
    const message = collect(socket)
    socket.write(GET)
    await once(socket, 'data')
    while (!message().endsWith('hello')) await once(socket, 'data')
    socket.write('nonsense\r\n\r\n')
    await closed(socket)
    assert.match(message(), /hello$/)
  })
})

describe('Both doors of the app', () => {
  let app: TestApp
  before(async () => {
    app = await startApp({ KEEP_ALIVE: '95s' })
  })
  after(() => app.stop())

  for (const whose of ['the app', 'the development provider']) {
    test(`SE-16 both doors of the app ${whose} has these limits`, async () => {
      const origin = whose === 'the app' ? app.origin : (app.devProviderUrl ?? '')
      const message = await dripUntilCut(origin, head('GET / HTTP/1.1', cookieOf(20_000)))
      assert.match(message, /^HTTP\/1\.1 431 /)
      assert.equal(rawHeader(message, 'Cache-Control'), 'no-store')
    })

    test(`B-45 both doors of the app ${whose} keeps an idle connection for as long as KEEP_ALIVE says`, async () => {
      const socket = dial(whose === 'the app' ? app.origin : (app.devProviderUrl ?? ''))
      socket.write(GET)
      const [message] = await once(socket, 'data')
      socket.destroy()
      assert.equal(rawHeader(String(message), 'Keep-Alive'), 'timeout=95')
    })
  }
})

function cookieOf(bytes: number): string {
  return `Cookie: a=${'x'.repeat(bytes)}`
}

function manyCookies(count: number): string {
  return head('GET / HTTP/1.1', ...Array<string>(count).fill(cookieOf(1_000)))
}
