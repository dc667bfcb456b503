import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateLimitKey } from '../../src/net/rate-limit-key.js'

const GROUPS: [address: string, group: string][] = [
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:207', '192.0.2.7'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:255.255.255.255', '255.255.255.255'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::192.0.2.7', '2001:db8:1:2::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['', ''],
  ['unix', 'unix'],
]

const EMBEDDED: [address: string, group: string][] = [
  ['64:ff9b::192.0.2.7', '192.0.2.7'],
  ['64:FF9B::c000:207', '192.0.2.7'],
  ['64:ff9b:0:0:0:0:192.0.2.7', '192.0.2.7'],
  ['64:ff9b:1::192.0.2.7', '192.0.2.7'],
  ['::ffff:0:192.0.2.7', '192.0.2.7'],
  ['::ffff:0:c000:207', '192.0.2.7'],
  ['2002:c000:207::1', '192.0.2.7'],
  ['2002:c000:207:ffff:1:2:3:4', '192.0.2.7'],
  ['2001:0:4136:e378:8000:63bf:3fff:fdf8', '192.0.2.7'],
]

test('A13 an IPv4 address that a translator or a tunnel wrote into an IPv6 address is counted as that IPv4 address', () => {
  for (const [address, group] of EMBEDDED) assert.equal(rateLimitKey(address), group, address)
})

test('A13 what only looks like an embedded IPv4 address is counted by its /64', () => {
  for (const [address, group] of [
    ['64:ff9b:2::192.0.2.7', '64:ff9b:2:0::/64'],
    ['64:ff9c::192.0.2.7', '64:ff9c:0:0::/64'],
    ['2001:1:4136:e378:8000:63bf:3fff:fdf8', '2001:1:4136:e378::/64'],
    ['2003:c000:207::1', '2003:c000:207:0::/64'],
  ] as const) {
    assert.equal(rateLimitKey(address), group, address)
  }
})

test('DS-18 an IPv6 address is counted by its /64, IPv4 as it is, and IPv4 mapped into IPv6 as IPv4', () => {
  for (const [address, group] of GROUPS) assert.equal(rateLimitKey(address), group, address)
})

test('neighbours in the next /64 are somebody else', () => {
  assert.notEqual(rateLimitKey('2001:db8:1:2::1'), rateLimitKey('2001:db8:1:3::1'))
})
