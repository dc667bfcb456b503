import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { type TestContext, test } from 'node:test'
import { isPrivateHost } from '../../src/http/private-host.js'
import type { Discovered, HttpRequest, Send } from '../../src/http/types.js'
import { isPrivateAddress } from '../../src/net/agents.js'
import { createHttpClient } from '../../src/net/http-client.js'
import { createSignal, startFakeServer } from './fake-server.js'

/** Addresses by name; each time that a name is asked for, its next list counts, and the last one from then on. */
type Table = Record<string, string[][]>

const ISSUER = 'https://op.example/a'
const FROM_OUTSIDE = { by: ISSUER, fromPrivateNetwork: false }
const FROM_PRIVATE = { by: ISSUER, fromPrivateNetwork: true }

/** Nothing but this machine can be reached by a test: here its 127.0.0.1 may stand for the internet. */
const isPrivateButHere = (host: string) => host !== '127.0.0.1' && isPrivateHost(host)

function open(t: TestContext, table: Table, isPrivate = isPrivateHost) {
  const asked: string[] = []
  const lookup = async (host: string) => {
    const lists = table[host] ?? [[host === 'localhost' ? '127.0.0.1' : host]]
    const addresses = lists[Math.min(asked.filter(name => name === host).length, lists.length - 1)] ?? []
    asked.push(host)
    return addresses.map(address => ({ address, family: isIPv6(address) ? 6 : 4 }))
  }
  const outbound = createHttpClient({ allowHttp: true, isPrivateHost: isPrivate, lookup })
  t.after(() => outbound.close())
  return { asked, outbound, send: outbound.takeSlot('acme').send }
}

const get = (url: string, discovered?: Discovered): HttpRequest => ({
  ...{ method: 'GET', url, headers: {} },
  ...(discovered && { discovered }),
})

const getMetadata = (url: string): HttpRequest => ({ ...get(url), forMetadata: true })

/** A far side that counts, and the port where it is. */
async function counting(t: TestContext) {
  const seen: string[] = []
  const origin = await startFakeServer(t, (request, response) => {
    seen.push(request.headers.host ?? '')
    response.end('hello')
  })
  return { seen, port: new URL(origin).port }
}

const refused = (send: Send, request: HttpRequest, host: string) =>
  assert.rejects(
    send(request),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'provider_unreachable')
      const rule = 'where metadata may lead only if they came from there themselves'
      assert.ok(error.message.includes(`${host} is inside our own network (`), error.message)
      return error.message.endsWith(rule)
    },
    request.url,
  )

const PRIVATE = [
  ...['127.0.0.1', '127.8.8.8', '10.0.0.5', '172.16.0.1', '172.31.255.255', '192.168.1.1', '0.0.0.0'],
  ...['169.254.169.254', '100.64.0.1', '100.127.255.255', '192.0.0.8', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.5', '::ffff:a9fe:a9fe', '::10.0.0.5', '64:ff9b::10.0.0.5', '2002:7f00:1::'],
]

test('DI-02 a discovered name with an address inside our own network is not connected to', async t => {
  const { seen, port } = await counting(t)
  for (const address of PRIVATE) {
    for (const scheme of ['http', 'https']) {
      const { send } = open(t, { 'keys.example': [[address]] })
      await refused(send, get(`${scheme}://keys.example:${port}/jwks`, FROM_OUTSIDE), 'keys.example')
    }
  }
  assert.deepEqual(seen, [])
})

test('DI-02 a discovered address inside our own network is not connected to either', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, {})
  const hosts = { '127.0.0.1': '127.0.0.1', '2130706433': '127.0.0.1', '[::1]': '::1', localhost: 'localhost' }
  for (const [host, message] of Object.entries(hosts)) {
    await refused(send, get(`http://${host}:${port}/jwks`, FROM_OUTSIDE), message)
  }
  assert.deepEqual(seen, [])
})

test('DI-02 where the metadata came from inside, they may lead there', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, { 'keys.example': [['127.0.0.1']] })
  for (const host of ['keys.example', '127.0.0.1', 'localhost']) {
    assert.equal((await send(get(`http://${host}:${port}/jwks`, FROM_PRIVATE))).body, 'hello', host)
  }
  assert.equal(seen.length, 3)
})

// Before, the issuer was looked up again at each connection, so that it could move its own name inside later (A7).
test('A7 the issuer is not looked up when an endpoint is called, so that moving its name changes nothing', async t => {
  const { seen, port } = await counting(t)
  const { asked, send } = open(t, { 'op.example': [['127.0.0.1']], 'keys.example': [['127.0.0.1']] })
  await refused(send, get(`http://keys.example:${port}/jwks`, FROM_OUTSIDE), 'keys.example')
  await refused(send, get(`http://op.example:${port}/jwks`, FROM_OUTSIDE), 'op.example')
  assert.deepEqual(asked, ['keys.example', 'op.example'])
  assert.deepEqual(seen, [])
})

test('A7 the response to a metadata request says whether its own connection ended inside', async t => {
  const { port } = await counting(t)
  const url = `http://op.example:${port}/metadata`
  const table = { 'op.example': [['127.0.0.1']] }
  assert.equal((await open(t, table).send(getMetadata(url))).fromPrivateNetwork, true)
  assert.equal((await open(t, table, isPrivateButHere).send(getMetadata(url))).fromPrivateNetwork, false)
  for (const host of ['127.0.0.1', 'localhost']) {
    assert.equal(
      (await open(t, {}).send(getMetadata(`http://${host}:${port}/metadata`))).fromPrivateNetwork,
      true,
      host,
    )
  }
  assert.equal((await open(t, table).send(get(url))).fromPrivateNetwork, undefined)
})

test('A7 of a name with addresses inside and outside, the one that was connected to counts', async t => {
  // It listens on 127.0.0.1 alone, so that ::1 refuses the connection.
  const { port } = await counting(t)
  const url = `http://op.example:${port}/metadata`
  const table = { 'op.example': [['::1', '127.0.0.1']] }
  const isPrivateButV6 = (host: string) => host !== '[::1]' && isPrivateHost(host)
  assert.equal((await open(t, table, isPrivateButHere).send(getMetadata(url))).fromPrivateNetwork, false)
  assert.equal((await open(t, table, isPrivateButV6).send(getMetadata(url))).fromPrivateNetwork, true)
})

test('A7 what a name said before or says later does not count, only the connection of this very request', async t => {
  const { port } = await counting(t)
  const { asked, send } = open(t, { 'op.example': [['127.0.0.1']] }, isPrivateButHere)
  const url = `http://op.example:${port}/metadata`
  // A connection to another place is there already, and is not used.
  await send(get(url))
  await send(get(url, FROM_PRIVATE))
  assert.equal((await send(getMetadata(url))).fromPrivateNetwork, false)
  assert.equal((await send(getMetadata(url))).fromPrivateNetwork, false)
  assert.equal(asked.length, 4)
})

test('A7 a mapped address is the IPv4 address in it, and a zone belongs to no address', () => {
  for (const address of ['::ffff:10.0.0.5', '::ffff:a00:5', '::ffff:127.0.0.1', 'fe80::1%eth0', '10.0.0.5', '::1']) {
    assert.equal(isPrivateAddress(address, isPrivateHost), true, address)
  }
  for (const address of ['::ffff:203.0.113.7', '::ffff:cb00:7107', '203.0.113.7', '2606:4700::1%eth0']) {
    assert.equal(isPrivateAddress(address, isPrivateHost), false, address)
  }
})

test('of several addresses only those outside are connected to', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, { 'keys.example': [['10.0.0.5', '127.0.0.1', '::1']] }, isPrivateButHere)
  assert.equal((await send(get(`http://keys.example:${port}/jwks`, FROM_OUTSIDE))).body, 'hello')
  assert.deepEqual(seen, [`keys.example:${port}`])
})

test('DI-02 the address that was judged is the one that is connected to: nobody asks for it again', async t => {
  const { seen, port } = await counting(t)
  const table = { 'keys.example': [['127.0.0.1'], ['10.0.0.5']] }
  const { asked, send } = open(t, table, isPrivateButHere)
  const request = get(`http://keys.example:${port}/jwks`, FROM_OUTSIDE)
  assert.equal((await send(request)).status, 200)
  assert.deepEqual(asked, ['keys.example'])
  assert.equal(seen.length, 1)
  // A name that has moved inside by the next connection is refused there.
  const later = open(t, { ...table, 'keys.example': [['10.0.0.5']] }, isPrivateButHere)
  await refused(later.send, request, 'keys.example')
})

test('DI-02 a connection that the settings, another issuer or earlier metadata led to is no way in for discovery', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, { 'keys.example': [['127.0.0.1']] })
  const url = `http://keys.example:${port}/jwks`
  assert.equal((await send(get(url))).body, 'hello')
  assert.equal((await send(get(url, { by: 'http://127.0.0.1:3001', fromPrivateNetwork: true }))).body, 'hello')
  assert.equal((await send(get(url, FROM_PRIVATE))).body, 'hello')
  await refused(send, get(url, FROM_OUTSIDE), 'keys.example')
  await refused(send, get(url, { by: 'http://127.0.0.1:3001', fromPrivateNetwork: false }), 'keys.example')
  assert.equal(seen.length, 3)
})

test('a name that the name server does not know leads nowhere', async t => {
  const lookup = async () => {
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  }
  const outbound = createHttpClient({ allowHttp: true, lookup })
  t.after(() => outbound.close())
  const { send } = outbound.takeSlot('acme')
  const url = 'http://gone.example/jwks'
  for (const request of [get(url, FROM_OUTSIDE), get(url, FROM_PRIVATE), getMetadata(url)]) {
    await assert.rejects(send(request), { code: 'provider_unreachable', message: `GET ${url} failed: ENOTFOUND` })
  }
})

test('TK-27 a connection that discovery led to is used again, and closing ends it and opens nothing new', async t => {
  const sockets = new Set<unknown>()
  const closed = createSignal()
  const origin = await startFakeServer(t, (request, response) => {
    if (sockets.size === 0) request.socket.on('close', () => closed.happen())
    sockets.add(request.socket)
    response.end()
  })
  const { send, outbound } = open(t, {})
  const url = `${origin}/jwks`
  for (let calls = 0; calls < 20; calls++) await send(get(url, FROM_PRIVATE))
  // Two, when the next call is faster than the end of the last one.
  const used = sockets.size
  assert.ok(used < 20, `${used} connections`)
  await outbound.close()
  await closed.happened
  for (const request of [
    get(url, FROM_PRIVATE),
    get(url, { by: 'other', fromPrivateNetwork: true }),
    getMetadata(url),
  ]) {
    await assert.rejects(send(request), { code: 'provider_unreachable' })
  }
  assert.equal(sockets.size, used)
})
