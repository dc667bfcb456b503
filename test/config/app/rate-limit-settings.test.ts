import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertIssues, inLocal, inProd, issuesInProd, warningsOf } from '../parse-settings.js'

const DEFAULT = { starts: 60, callbacks: 60 }

test('RATE_LIMITS is off in local and on elsewhere, unless it is set', () => {
  assert.equal(inLocal({}).config.rateLimits, undefined)
  assert.deepEqual(inLocal({ RATE_LIMITS: 'on' }).config.rateLimits, DEFAULT)
  assert.deepEqual(inProd({}).config.rateLimits, DEFAULT)
  assert.deepEqual(inProd({ RATE_LIMITS: '' }).config.rateLimits, DEFAULT)
  assert.equal(inProd({ RATE_LIMITS: 'off' }).config.rateLimits, undefined)
})

test('B-46 RATE_LIMITS says how many a minute may come from one address', () => {
  for (const [value, limits] of [
    ['starts=300,callbacks=400', { starts: 300, callbacks: 400 }],
    ['callbacks=1, starts = 10000', { starts: 10_000, callbacks: 1 }],
    ['starts=300', { starts: 300, callbacks: 60 }],
    ['callbacks=300', { starts: 60, callbacks: 300 }],
  ] as const) {
    assert.deepEqual(inProd({ RATE_LIMITS: value }).config.rateLimits, limits, value)
    assert.deepEqual(inLocal({ RATE_LIMITS: value }).config.rateLimits, limits, value)
  }
})

test('B-46 RATE_LIMITS that says anything else is an issue, which names what was found and what is wanted', () => {
  const wanted = 'it can be on, off, or how many a minute from one address, like starts=60,callbacks=60'
  const number = 'write a whole number from 1 to 10000'
  assertIssues(issuesInProd, [
    ...['yes', 'ON', '60', 'on,off', 'starts', 'starts:60', '*'].map(
      value => [{ RATE_LIMITS: value }, `RATE_LIMITS is "${value}"; ${wanted}`] as const,
    ),
    ...['0', '-1', '10001', '99999999999999999999', '1e3', '0x10', '6.5', 'sixty', '', '+5', '∞', '*'].map(
      value => [{ RATE_LIMITS: `starts=${value}` }, `RATE_LIMITS gives starts "${value}"; ${number}`] as const,
    ),
    [{ RATE_LIMITS: 'starts=5=6' }, `RATE_LIMITS gives starts "5=6"; ${number}`],
    [{ RATE_LIMITS: 'starts=5\r\nX: y' }, `RATE_LIMITS gives starts "5\u{fffd}\u{fffd}X: y"; ${number}`],
    [{ RATE_LIMITS: 'starts=5,starts=6' }, 'RATE_LIMITS gives starts twice; keep one of them'],
    [{ RATE_LIMITS: 'starts=5,on' }, `RATE_LIMITS has "on" beside a number; ${wanted}`],
    [{ RATE_LIMITS: 'off,callbacks=5' }, `RATE_LIMITS has "off" beside a number; ${wanted}`],
    [{ RATE_LIMITS: 'starts=5,' }, 'RATE_LIMITS has an empty part; look for a comma too many'],
    ...['logins', 'Starts', 'start', '__proto__', ''].map(
      name =>
        [
          { RATE_LIMITS: `${name}=5` },
          `RATE_LIMITS limits "${name}", which is not counted; it can limit starts and callbacks`,
        ] as const,
    ),
  ])
})

test('RATE_LIMITS without the proxy in front named is a warning, because then everybody counts as one', () => {
  const warning = 'TRUSTED_PROXIES is empty, so behind a proxy RATE_LIMITS counts all visitors as one; name the proxy'
  assert.deepEqual(warningsOf(inProd({ TRUSTED_PROXIES: '' })), [warning])
  assert.deepEqual(warningsOf(inProd({ TRUSTED_PROXIES: '', RATE_LIMITS: 'starts=300' })), [warning])
  assert.deepEqual(warningsOf(inProd({ TRUSTED_PROXIES: '', RATE_LIMITS: 'off' })), [])
  assert.deepEqual(warningsOf(inLocal({ RATE_LIMITS: 'on' })), [])
})
