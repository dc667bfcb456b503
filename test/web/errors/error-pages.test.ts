import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ERROR_PAGES,
  MISSING_ATTEMPT_PAGES,
  NOTHING_LOST,
  SITUATION_PAGES,
} from '../../../src/web/errors/error-pages.js'

/** The table of the contract, as far as there is something to refuse. */
const CONTRACT: Record<number, string[]> = {
  400: [
    ...['attempt_missing', 'attempt_expired', 'attempt_used', 'state_missing'],
    ...['issuer_mismatch', 'code_missing', 'request_malformed'],
  ],
  401: ['sign_in_required'],
  403: ['provider_denied', 'not_admitted', 'refused_by_app', 'account_disabled', 'csrf', 'forbidden'],
  404: ['not_found'],
  405: ['method_not_allowed'],
  409: ['link_needed', 'link_conflict', 'last_connection'],
  413: ['too_large'],
  415: ['unsupported_type'],
  429: ['too_many_requests'],
  500: ['internal'],
  502: [
    ...['provider_error', 'provider_malformed', 'id_token_invalid', 'subject_mismatch'],
    ...['provider_unreachable', 'provider_slow'],
  ],
  503: ['provider_busy', 'store_unavailable'],
}

test('what a visitor is told has the statuses of the contract, code by code', () => {
  const actual: Record<number, string[]> = {}
  for (const [code, { status }] of Object.entries(ERROR_PAGES)) actual[status] = [...(actual[status] ?? []), code]
  assert.deepEqual(actual, CONTRACT)
})

test('what a visitor is told is a heading, and sentences that begin like sentences and end with a full stop', () => {
  for (const [code, { heading, text }] of Object.entries({ ...ERROR_PAGES, ...SITUATION_PAGES })) {
    assert.match(heading, /^(\{provider\}|[A-Z]).*[^.]$/, code)
    assert.match(text, /^(\{provider\}|[A-Z]).*\.$/, code)
    assert.doesNotMatch(heading + text, /oops|sorry|log ?in/i, code)
  }
})

test('W11 what a visitor is told says that nobody was signed in by one sentence only, which gives way to who still is', () => {
  for (const [code, { text }] of Object.entries({ ...ERROR_PAGES, ...MISSING_ATTEMPT_PAGES, ...SITUATION_PAGES })) {
    assert.doesNotMatch(text.replaceAll(NOTHING_LOST, ''), /(nobody|not) (was|were) signed in/i, code)
  }
})
