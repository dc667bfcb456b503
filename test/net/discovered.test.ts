import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createOutbound, type OutboundRequest, type Send } from '../../src/net/outbound.js'
import { isInsideHost } from '../../src/oauth/host.js'
import { farSide, occasion } from './far-side.js'

/** Addresses by name; each time that a name is asked for, its next list counts, and the last one from then on. */
type Table = Record<string, string[][]>

const OUTSIDE = { 'op.example': [['203.0.113.7']] }

/** Nothing but this machine can be reached by a test: here its 127.0.0.1 may stand for the internet. */
const isInsideButHere = (host: string) => host !== '127.0.0.1' && isInsideHost(host)

function open(t: TestContext, table: Table, isInside = isInsideHost) {
  const asked: string[] = []
  const resolve = async (host: string) => {
    const lists = table[host] ?? [[host === 'localhost' ? '127.0.0.1' : host]]
    const addresses = lists[Math.min(asked.filter(name => name === host).length, lists.length - 1)] ?? []
    asked.push(host)
    return addresses.map(address => ({ address, family: isIPv6(address) ? 6 : 4 }))
  }
  const outbound = createOutbound({ allowHttp: true, isInside, resolve })
  t.after(() => outbound.close())
  return { asked, outbound, send: outbound.takeSlot('acme').send }
}

const get = (url: string, discoveredBy?: string): OutboundRequest => ({
  ...{ method: 'GET', url, headers: {} },
  ...(discoveredBy !== undefined && { discoveredBy }),
})

/** A far side that counts, and the port where it is. */
async function counting(t: TestContext) {
  const seen: string[] = []
  const origin = await farSide(t, (request, response) => {
    seen.push(request.headers.host ?? '')
    response.end('hello')
  })
  return { seen, port: new URL(origin).port }
}

const refused = (send: Send, request: OutboundRequest, host: string) =>
  assert.rejects(
    send(request),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'provider_unreachable')
      const rule = 'where discovery may lead only if the issuer is there too'
      assert.ok(error.message.includes(`${host} is inside our own network (`), error.message)
      return error.message.endsWith(rule)
    },
    request.url,
  )

const INSIDE = [
  ...['127.0.0.1', '127.8.8.8', '10.0.0.5', '172.16.0.1', '172.31.255.255', '192.168.1.1', '0.0.0.0'],
  ...['169.254.169.254', '100.64.0.1', '100.127.255.255', '192.0.0.8', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'fec0::1', 'ff02::1'],
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.5', '::ffff:a9fe:a9fe', '::10.0.0.5', '64:ff9b::10.0.0.5', '2002:7f00:1::'],
]

test('DI-02 a discovered name with an address inside our own network is not connected to', async t => {
  const { seen, port } = await counting(t)
  for (const address of INSIDE) {
    for (const scheme of ['http', 'https']) {
      const { send } = open(t, { ...OUTSIDE, 'keys.example': [[address]] })
      await refused(send, get(`${scheme}://keys.example:${port}/jwks`, 'https://op.example/a'), 'keys.example')
    }
  }
  assert.deepEqual(seen, [])
})

test('DI-02 a discovered address inside our own network is not connected to either', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, OUTSIDE)
  const hosts = { '127.0.0.1': '127.0.0.1', '2130706433': '127.0.0.1', '[::1]': '::1', localhost: 'localhost' }
  for (const [host, said] of Object.entries(hosts)) {
    await refused(send, get(`http://${host}:${port}/jwks`, 'https://op.example'), said)
  }
  assert.deepEqual(seen, [])
})

test('DI-02 where the issuer is inside too, discovery may lead there', async t => {
  const { seen, port } = await counting(t)
  const inside = { 'op.corp.example': [['10.0.0.5', 'fd00::5']], 'keys.example': [['127.0.0.1']] }
  for (const issuer of ['http://op.corp.example/a', 'http://127.0.0.1:3001', 'https://[fd00::1]', 'http://localhost']) {
    const { send } = open(t, inside)
    for (const host of ['keys.example', '127.0.0.1', 'localhost']) {
      assert.equal((await send(get(`http://${host}:${port}/jwks`, issuer))).body, 'hello', `${issuer} to ${host}`)
    }
  }
  assert.equal(seen.length, 12)
})

test('DI-02 an issuer that is inside and outside at once counts as outside', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, { 'op.example': [['10.0.0.5', '203.0.113.7']], 'keys.example': [['127.0.0.1']] })
  await refused(send, get(`http://keys.example:${port}/jwks`, 'https://op.example'), 'keys.example')
  assert.deepEqual(seen, [])
})

test('of several addresses only those outside are connected to', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, { ...OUTSIDE, 'keys.example': [['10.0.0.5', '127.0.0.1', '::1']] }, isInsideButHere)
  assert.equal((await send(get(`http://keys.example:${port}/jwks`, 'https://op.example'))).body, 'hello')
  assert.deepEqual(seen, [`keys.example:${port}`])
})

test('DI-02 the address that was judged is the one that is connected to: nobody asks for it again', async t => {
  const { seen, port } = await counting(t)
  const table = { ...OUTSIDE, 'keys.example': [['127.0.0.1'], ['10.0.0.5']] }
  const { asked, send } = open(t, table, isInsideButHere)
  const request = get(`http://keys.example:${port}/jwks`, 'https://op.example')
  assert.equal((await send(request)).status, 200)
  assert.deepEqual(asked, ['keys.example'])
  assert.equal(seen.length, 1)
  // A name that has moved inside by the next connection is refused there.
  const later = open(t, { ...table, 'keys.example': [['10.0.0.5']] }, isInsideButHere)
  await refused(later.send, request, 'keys.example')
})

test('DI-02 a connection that the settings or another issuer led to is no way in for discovery', async t => {
  const { seen, port } = await counting(t)
  const { send } = open(t, { ...OUTSIDE, 'keys.example': [['127.0.0.1']] })
  const url = `http://keys.example:${port}/jwks`
  assert.equal((await send(get(url))).body, 'hello')
  assert.equal((await send(get(url, 'http://127.0.0.1:3001'))).body, 'hello')
  await refused(send, get(url, 'https://op.example'), 'keys.example')
  assert.equal(seen.length, 2)
})

test('a name that nobody knows, of the endpoint or of the issuer, leads nowhere', async t => {
  const { seen, port } = await counting(t)
  const resolve = async (host: string) => {
    if (host === 'keys.example') return [{ address: '127.0.0.1', family: 4 }]
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  }
  const outbound = createOutbound({ allowHttp: true, isInside: isInsideHost, resolve })
  t.after(() => outbound.close())
  const { send } = outbound.takeSlot('acme')
  for (const host of ['keys.example', 'gone.example']) {
    const url = `http://${host}:${port}/jwks`
    const message = `GET ${url} failed: ENOTFOUND`
    await assert.rejects(send(get(url, 'https://op.example')), { code: 'provider_unreachable', message })
  }
  assert.deepEqual(seen, [])
})

test('TK-27 a connection that discovery led to is used again, and closing ends it and opens nothing new', async t => {
  const sockets = new Set<unknown>()
  const closed = occasion()
  const origin = await farSide(t, (request, response) => {
    if (sockets.size === 0) request.socket.on('close', () => closed.happen())
    sockets.add(request.socket)
    response.end()
  })
  const { send, outbound } = open(t, {})
  const url = `${origin}/jwks`
  for (let calls = 0; calls < 20; calls++) await send(get(url, 'http://127.0.0.1:3001'))
  // Two, when the next call is faster than the end of the last one.
  const used = sockets.size
  assert.ok(used < 20, `${used} connections`)
  await outbound.close()
  await closed.happened
  for (const issuer of ['http://127.0.0.1:3001', 'http://127.0.0.1:3002']) {
    await assert.rejects(send(get(url, issuer)), { code: 'provider_unreachable' })
  }
  assert.equal(sockets.size, used)
})
