import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPrivateHost } from '../../src/http/private-host.js'

const hostOf = (host: string) => new URL(`https://${host}`).hostname

test('DI-02 a host that is this machine or its own network is known in every spelling', () => {
  for (const host of [
    ...['localhost', 'LOCALHOST', 'localhost.', 'app.localhost', '127.0.0.1', '127.9.9.9', '127.1', '2130706433'],
    ...['0x7f.1', '0177.0.0.1', '0', '0.0.0.0', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255'],
    ...['192.168.1.1', '169.254.169.254', '100.64.0.1', '100.127.255.255', '192.0.0.1', '198.18.0.1', '198.19.0.1'],
    ...['224.0.0.1', '255.255.255.255', '127.0.0.1.', '１２７.0.0.1', '[::1]', '[::]', '[::ffff:127.0.0.1]'],
    ...['[fe80::1]', '[febf::1]', '[fc00::1]', '[fd12:3456::1]', '[fec0::1]', '[ff02::1]', '[::ffff:8.8.8.8]'],
    ...['[64:ff9b::10.0.0.1]', '[2002:7f00:1::]', '[2002:a00:1::1]', '[::7f00:1]', '[64:ff9b::a9fe:a9fe]'],
  ]) {
    assert.equal(isPrivateHost(hostOf(host)), true, host)
  }
})

test('A7 A13 translated and tunnelled addresses are judged by the IPv4 address in them, or taken for inside', () => {
  for (const host of [
    ...['[64:ff9b:1::8.8.8.8]', '[64:ff9b:1:808:8:800::]', '[64:ff9b:1:ffff::1]', '[64:ff9b::1:8.8.8.8]'],
    ...[
      '[2001::]',
      '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
      '[2001:0:808:808::f7f7:f7f7]',
      '[2001:2::1]',
      '[2001:10::1]',
    ],
    ...['[::ffff:0:8.8.8.8]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]', '[2002:a9fe:a9fe::1]'],
  ]) {
    assert.equal(isPrivateHost(hostOf(host)), true, host)
  }
  for (const host of ['[64:ff9b::8.8.8.8]', '[2002:808:808::1]', '[2001:200::1]', '[2001:4860:4860::8888]']) {
    assert.equal(isPrivateHost(hostOf(host)), false, host)
  }
})

test('a host of the internet is none of them', () => {
  for (const host of [
    ...['example.org', 'localhost.example.org', 'notlocalhost', '10.example.org', '127.0.0.1.example.org'],
    ...['8.8.8.8', '9.255.255.255', '11.0.0.0', '126.0.0.1', '128.0.0.1', '172.15.0.1', '172.32.0.1', '192.167.0.1'],
    ...[
      '192.169.0.1',
      '192.0.1.1',
      '169.253.0.1',
      '100.63.0.1',
      '100.128.0.1',
      '198.17.0.1',
      '198.20.0.1',
      '223.0.0.1',
    ],
    ...['[2606:4700::1111]', '[2001:4860:4860::8888]', '[64:ff9b::8.8.8.8]', '[2002:808:808::1]', '[3fff::1]'],
  ]) {
    assert.equal(isPrivateHost(hostOf(host)), false, host)
  }
})
