import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clientAddress, peerOf, trustedProxies } from '../../src/net/client-address.js'

const OURS = ['10.0.0.0/8', '127.0.0.1', 'fd00::/8']

const CASES: [rule: string, peer: string, forwardedFor: string, client: string][] = [
  ['no header: the peer', '203.0.113.9', '', '203.0.113.9'],
  ['FA-12 a peer that is no proxy of ours is believed nothing', '203.0.113.9', '127.0.0.1', '203.0.113.9'],
  ['a proxy of ours names the client', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['FA-12 the rightmost address that is not ours wins', '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
  ['what the client made up stays left of it', '10.0.0.1', '127.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['all of them ours: the first one', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['garbage: as far as we can see', '10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
  ['an empty part is garbage', '10.0.0.1', '203.0.113.9,,', '10.0.0.1'],
  ['IPv6 works alike', 'fd00::1', '2001:DB8::7', '2001:db8::7'],
  ['IPv6 in brackets, with a port', '10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['IPv4 with a port', '10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
  ['IPv4 that came over an IPv6 socket', '::ffff:10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
  ['a zone does not count', 'fe80::1%eth0', '', 'fe80::1'],
]

describe('The address of a client', () => {
  for (const [rule, peer, forwardedFor, client] of CASES) {
    test(rule, () => assert.equal(clientAddress({ peer, forwardedFor, trusted: trustedProxies(OURS) }), client))
  }

  test('the address of a client is the peer when no proxy is trusted', () => {
    const trusted = trustedProxies([])
    assert.equal(clientAddress({ peer: '10.0.0.1', forwardedFor: '203.0.113.9', trusted }), '10.0.0.1')
  })

  test('B-47 the address of a client is what the proxy at a socket file names, if it is trusted', () => {
    const behind = (list: string[], forwardedFor: string) =>
      clientAddress({ peer: 'unix', forwardedFor, trusted: trustedProxies(list) })
    assert.equal(behind(['unix'], '1.1.1.1, 203.0.113.9'), '203.0.113.9')
    assert.equal(behind(['unix', '10.0.0.0/8'], '203.0.113.9, 10.0.0.2'), '203.0.113.9')
    for (const forwardedFor of ['', 'unknown', 'unix', '203.0.113.9, unix']) {
      assert.equal(behind(['unix'], forwardedFor), null, forwardedFor)
    }
    assert.equal(behind(['10.0.0.0/8'], '203.0.113.9'), null)
    assert.equal(behind([], '203.0.113.9'), null)
  })

  test('B-47 the address of a client is never what a client of an address calls itself, and never what one calls itself that is gone', () => {
    const here = { remoteAddress: '203.0.113.9', localAddress: '10.0.0.1', destroyed: false }
    assert.equal(peerOf(here), '203.0.113.9')
    assert.equal(peerOf({ ...here, remoteAddress: undefined }), null)
    assert.equal(peerOf({ remoteAddress: undefined, localAddress: undefined, destroyed: true }), null)
    assert.equal(peerOf({ remoteAddress: undefined, localAddress: undefined, destroyed: false }), 'unix')
    const trusted = trustedProxies(['unix'])
    assert.equal(clientAddress({ peer: '203.0.113.9', forwardedFor: '127.0.0.1', trusted }), '203.0.113.9')
  })

  test('FA-11 the address of a client is found in a header of any length', () => {
    const forwardedFor = `${'1.1.1.1, '.repeat(10_000)}203.0.113.9`
    assert.equal(clientAddress({ peer: '10.0.0.1', forwardedFor, trusted: trustedProxies(OURS) }), '203.0.113.9')
    const blank = `${' ,'.repeat(50_000)}203.0.113.9${' '.repeat(50_000)}`
    assert.equal(clientAddress({ peer: '10.0.0.1', forwardedFor: blank, trusted: trustedProxies(OURS) }), '203.0.113.9')
  })
})
