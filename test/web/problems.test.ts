import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PROBLEMS } from '../../src/web/problems.js'

/** The table of the contract, as far as there is something to refuse. */
const CONTRACT: Record<number, string[]> = {
  400: [
    ...['attempt_missing', 'attempt_expired', 'attempt_used', 'state_missing'],
    ...['issuer_mismatch', 'code_missing', 'request_malformed'],
  ],
  401: ['sign_in_required'],
  403: ['provider_denied', 'not_admitted', 'account_disabled', 'csrf', 'forbidden'],
  404: ['not_found'],
  405: ['method_not_allowed'],
  413: ['too_large'],
  415: ['unsupported_type'],
  500: ['internal'],
  502: ['provider_error', 'provider_malformed', 'provider_unreachable', 'provider_slow'],
  503: ['store_unavailable', 'provider_busy'],
}

describe('What a visitor is told', () => {
  it('has the statuses of the contract, code by code', () => {
    const expected = Object.entries(CONTRACT).flatMap(([status, codes]) => codes.map(code => [code, Number(status)]))
    const actual = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])
    assert.deepEqual(new Map(actual.sort()), new Map(expected.sort()))
  })

  it('is a heading, and sentences that begin like sentences and end with a full stop', () => {
    for (const [code, { heading, text }] of Object.entries(PROBLEMS)) {
      assert.match(heading, /^(\{provider\}|[A-Z]).*[^.]$/, code)
      assert.match(text, /^(\{provider\}|[A-Z]).*\.$/, code)
      assert.doesNotMatch(heading + text, /oops|sorry|log ?in/i, code)
    }
  })
})
