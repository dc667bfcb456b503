import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsInProd, inLocal, inProd, refuses, warningsOf } from './judge.js'

test('RATE_LIMITS is off in local and on elsewhere, unless it is said', () => {
  assert.equal(inLocal({}).config.rateLimits, false)
  assert.equal(inLocal({ RATE_LIMITS: 'on' }).config.rateLimits, true)
  assert.equal(inProd({}).config.rateLimits, true)
  assert.equal(inProd({ RATE_LIMITS: 'off' }).config.rateLimits, false)
  refuses(faultsInProd, [[{ RATE_LIMITS: 'yes' }, 'RATE_LIMITS is "yes"; it can be on or off']])
})

test('RATE_LIMITS without the proxy in front named is a warning, because then everybody counts as one', () => {
  const warning = 'TRUSTED_PROXIES is empty, so behind a proxy RATE_LIMITS counts all visitors as one; name the proxy'
  assert.deepEqual(warningsOf(inProd({ TRUSTED_PROXIES: '' })), [warning])
  assert.deepEqual(warningsOf(inProd({ TRUSTED_PROXIES: '', RATE_LIMITS: 'off' })), [])
  assert.deepEqual(warningsOf(inLocal({ RATE_LIMITS: 'on' })), [])
})
