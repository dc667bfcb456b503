import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inProd, issuesInProd } from '../parse-settings.js'

test('B-45 KEEP_ALIVE is longer than most proxies keep a connection, or what is written', () => {
  assert.equal(inProd({}).config.keepAlive, 130_000)
  assert.equal(inProd({ KEEP_ALIVE: '' }).config.keepAlive, 130_000)
  assert.equal(inProd({ KEEP_ALIVE: '620s' }).config.keepAlive, 620_000)
  assert.equal(inProd({ KEEP_ALIVE: '4h' }).config.keepAlive, 14_400_000)
})

test('B-45 KEEP_ALIVE is refused when it is no time, none at all or longer than four hours', () => {
  for (const value of ['0', '0s', '-1s', '1.5m', 'off', '130s\r\nX: y', '*']) {
    const [issue, ...more] = issuesInProd({ KEEP_ALIVE: value })
    assert.match(issue ?? '', /^KEEP_ALIVE is ".*"; write a time such as 45s, 30m, 12h or 7d$/, value)
    assert.deepEqual(more, [])
  }
  assert.match(issuesInProd({ KEEP_ALIVE: '130' }).join(), /^KEEP_ALIVE is "130"; did you mean 130s\? /)
  for (const value of ['5h', '1d', '14401s']) {
    assert.deepEqual(issuesInProd({ KEEP_ALIVE: value }), [
      `KEEP_ALIVE is "${value}"; write a time of 4h at most, like 130s`,
    ])
  }
})
