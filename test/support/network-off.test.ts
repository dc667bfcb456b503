import './network-off.js'
import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import dns, { lookup as importedLookup } from 'node:dns'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import net, { type AddressInfo, type ListenOptions, type LookupFunction } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import tls from 'node:tls'
import { promisify } from 'node:util'
import { Agent } from 'undici'

const SHUT = { code: 'NETWORK_OFF', message: /^The network is shut for tests: nothing reaches / }
const ADDRESSES = ['192.0.2.1', '10.0.0.1', '0.0.0.0', '2001:db8::1', '::ffff:192.0.2.1']
const NAMES = ['example.org', 'localhost.example.org', 'example.localhost', '2130706433']

function assertShut(error: unknown): void {
  assert.throws(() => {
    throw error
  }, SHUT)
}

const failure = async (socket: NodeJS.EventEmitter) => (await once(socket, 'error'))[0]
const causeOf = async (response: Promise<Response>) =>
  response.then(
    () => undefined,
    error => error.cause,
  )

const resolverOf =
  (...addresses: string[]): LookupFunction =>
  (_name, options, done) => {
    const found = addresses.map(address => ({ address, family: net.isIP(address) }))
    if (options.all) done(null, found)
    else done(null, found[0]?.address ?? '', found[0]?.family)
  }

async function withServer(place: ListenOptions, work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => response.end('hello'))
  await once(server.listen(place), 'listening')
  try {
    await work((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('a socket to another machine is refused, with the reason, however it is opened', async () => {
  for (const host of [...ADDRESSES, ...NAMES]) {
    const sockets = [
      net.connect(9, host),
      net.connect({ port: 9, host }),
      new net.Socket().connect(9, host),
      new net.Socket().connect({ port: 9, host }),
      tls.connect({ port: 9, host, servername: '' }),
      get({ port: 9, host }),
    ]
    for (const error of await Promise.all(sockets.map(failure))) assertShut(error)
  }
})

test('fetch to another machine is refused, with the reason as its cause', async () => {
  for (const url of ['https://example.org/', 'http://192.0.2.1/', 'http://[2001:db8::1]/'])
    assertShut(await causeOf(fetch(url)))
})

test('a lookup of a test may name this machine and no other', async () => {
  await withServer({ port: 0, host: '127.0.0.1' }, async port => {
    const ask = (addresses: string[]) => {
      // Node's types know the undici inside Node only.
      const options: object = { dispatcher: new Agent({ connect: { lookup: resolverOf(...addresses) } }) }
      return fetch(`http://provider.example:${port}/`, options)
    }
    assert.equal(await (await ask(['127.0.0.1'])).text(), 'hello')
    assertShut(await causeOf(ask(['192.0.2.1'])))
    assertShut(await causeOf(ask(['127.0.0.1', '192.0.2.1'])))
    assertShut(await failure(net.connect({ port, host: 'provider.example', lookup: resolverOf('192.0.2.1') })))
  })
})

test('this machine is reached by address, by name and by unix socket', async () => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost'])
    await withServer({ port: 0, host }, async port => {
      assert.equal(await (await fetch(`http://${host}:${port}/`)).text(), 'hello')
      await once(net.connect(port, host), 'connect')
      await once(new net.Socket().connect({ port, host }), 'connect')
    })
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-socket-'))
  const path = join(folder, 'socket')
  try {
    await withServer({ path }, async () => {
      await once(net.connect(path), 'connect')
      await once(net.connect({ path }), 'connect')
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('no name server is asked', async () => {
  for (const name of NAMES) {
    await assert.rejects(promisify(dns.lookup)(name), SHUT)
    await assert.rejects(promisify(importedLookup)(name, { all: true }), SHUT)
    await assert.rejects(dns.promises.lookup(name), SHUT)
    await assert.rejects(dns.promises.resolve4(name), SHUT)
    await assert.rejects(new dns.promises.Resolver().resolveTxt(name), SHUT)
    assert.throws(() => dns.resolve(name, () => {}), SHUT)
    assert.throws(() => new dns.Resolver().resolve6(name, () => {}), SHUT)
  }
  assert.throws(() => dns.reverse('192.0.2.1', () => {}), SHUT)
  assert.equal((await dns.promises.lookup('192.0.2.1')).address, '192.0.2.1')
  assert.ok((await dns.promises.lookup('localhost')).address)
})

test('datagrams stay on this machine as well', async () => {
  const receiver = dgram.createSocket('udp4')
  const sender = dgram.createSocket('udp4')
  try {
    await once(receiver.bind(0, '127.0.0.1'), 'listening')
    const heard = once(receiver, 'message')
    sender.send('hello', receiver.address().port, '127.0.0.1')
    assert.equal(String((await heard)[0]), 'hello')
    assert.throws(() => sender.send('hello', 9, '192.0.2.1'), SHUT)
    assert.throws(() => sender.connect(9, 'example.org'), SHUT)
  } finally {
    receiver.close()
    sender.close()
  }
})
