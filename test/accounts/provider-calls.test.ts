import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  EXCHANGE_TIMEOUT_MS,
  METADATA_TIMEOUT_MS,
  PAGE_TIMEOUT_MS,
  REFRESH_WAIT_MS,
  START_TIMEOUT_MS,
} from '../../src/accounts/provider-calls.js'
import { CLIENT_LIMITS } from '../../src/http-server.js'
import { USER_WAIT_MS } from '../../src/net/slots.js'
import { MAX_LOGOUT_TOKEN_WAIT_MS } from '../../src/web/guards/rate-limit-counters.js'

const CALL_TIMEOUT_MS = 10_000
const START = Math.max(START_TIMEOUT_MS, METADATA_TIMEOUT_MS)

/** What a request of each kind can wait for providers at the very most, one after the other. */
const SUMS: Record<string, number> = {
  'a start, and one of a connection': START,
  'a way back, which may go on to start a connection': EXCHANGE_TIMEOUT_MS + START,
  // Its turn, then metadata, keys, and newer keys.
  'a logout token': MAX_LOGOUT_TOKEN_WAIT_MS + 3 * METADATA_TIMEOUT_MS,
  'a sign-out': PAGE_TIMEOUT_MS,
  // Once more with newer tokens, where the first were refused.
  '/profile': 2 * (REFRESH_WAIT_MS + USER_WAIT_MS + PAGE_TIMEOUT_MS),
  'a call of the provider client': 2 * (REFRESH_WAIT_MS + USER_WAIT_MS + CALL_TIMEOUT_MS),
}

for (const [what, sum] of Object.entries(SUMS)) {
  test(`A5 ${what} waits for providers for less time than its connection may be silent`, () => {
    assert.ok(sum < CLIENT_LIMITS.socketTimeoutMs, `${sum} ms`)
  })
}
