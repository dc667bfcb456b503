import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertIssues, inProd, issuesInProd, warningsOf } from '../parse-settings.js'

test('TRUSTED_PROXIES names addresses and ranges', () => {
  assert.deepEqual(inProd({ TRUSTED_PROXIES: '' }).config.trustedProxies, [])
  const list = '127.0.0.1, 10.0.0.0/8,::1,fd00::/8'
  assert.deepEqual(inProd({ TRUSTED_PROXIES: list }).config.trustedProxies, [
    '127.0.0.1',
    '10.0.0.0/8',
    '::1',
    'fd00::/8',
  ])
})

test('CF-07 a range of all addresses, or a text that is no address, is refused', () => {
  const wanted = 'write addresses or ranges, like 127.0.0.1 or 10.0.0.0/8, or unix'
  const wrong = [
    '*',
    'true',
    'proxy',
    'UNIX',
    'unix:/run/vestibule/http.sock',
    'unix/8',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0/8',
  ]
  assertIssues(
    issuesInProd,
    wrong.map(range => [{ TRUSTED_PROXIES: range }, `TRUSTED_PROXIES names "${range}"; ${wanted}`]),
  )
})

test('B-47 TRUSTED_PROXIES names the proxy at a socket file as unix, with a warning where the app listens on an address', () => {
  const atFile = inProd({ LISTEN_HOST: 'unix:/run/vestibule/http.sock', TRUSTED_PROXIES: 'unix' })
  assert.deepEqual([atFile.config.trustedProxies, warningsOf(atFile)], [['unix'], []])
  const atAddress = inProd({ TRUSTED_PROXIES: '127.0.0.1,unix' })
  assert.deepEqual(warningsOf(atAddress), ['TRUSTED_PROXIES names unix, but LISTEN_HOST is not a socket file'])
})
