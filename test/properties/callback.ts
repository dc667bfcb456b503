import assert from 'node:assert/strict'
import fc from 'fast-check'
import { openAttempt } from '../../src/accounts/sign-in/attempt.js'
import { readCallback, readState } from '../../src/oauth/authorize.js'
import { damaged, nasty } from './inputs.js'
import { outcomeOf } from './outcome.js'
import { property } from './property.js'
import { attemptSealer, newAttempt, sealed } from './sealed.js'

const ISSUER = 'https://issuer.example'
const attempt = newAttempt()
const { slot, value } = sealed(attempt)
const brought = new Map([[slot, value]])

const NAMES = ['state', 'code', 'iss', 'error', 'error_description', 'scope', 'Code', 'response', 'id_token', 'token']
const name = fc.oneof({ arbitrary: fc.constantFrom(...NAMES), weight: 8 }, nasty('state', 'code'))
const content = fc.oneof(
  fc.constant(attempt.state),
  damaged(fc.constant(attempt.state)),
  nasty('abc', ISSUER, `${ISSUER}/`, 'access_denied', 'server_error'),
)
const pairs = fc
  .array(fc.tuple(name, content), { maxLength: 7 })
  .map(list => new URLSearchParams(list.map(([key, text]): [string, string] => [key, text])).toString())
const usual = content.map(text => new URLSearchParams({ state: attempt.state, code: text }).toString())

/** Whatever a browser brings back. */
export const callback = property(
  'a callback is a code that came once, for an attempt that was begun, or an error of ours',
  fc.tuple(
    fc.oneof(pairs, usual, damaged(pairs), nasty('&', '=', 'code')),
    fc.constantFrom(undefined, ISSUER),
    fc.boolean(),
  ),
  ([query, issuer, issuerRequired]) => {
    const params = new URLSearchParams(query)
    const { value: state } = outcomeOf(() => readState(params), ['state_missing', 'request_malformed'])
    if (state !== undefined) assertAttempt(params, state)
    const codes = ['request_malformed', 'issuer_mismatch', 'provider_denied', 'provider_error', 'code_missing']
    const { value: read } = outcomeOf(() => readCallback(params, { issuer, issuerRequired }), codes)
    if (read === undefined) return
    assert.deepEqual(params.getAll('code'), [read.code])
    assert.notEqual(read.code, '')
    assert.equal(new Set(params.keys()).size, [...params.keys()].length)
    for (const other of ['error', 'response', 'id_token', 'token', 'access_token']) assert.ok(!params.has(other))
    assert.ok(params.has('iss') || !issuerRequired)
    if (issuer !== undefined && params.has('iss')) assert.equal(params.get('iss'), issuer)
  },
)

function assertAttempt(params: URLSearchParams, state: string): void {
  assert.deepEqual(params.getAll('state'), [state])
  const { value: opened } = outcomeOf(() => openAttempt(attemptSealer, brought, state, 'acme'), ['attempt_missing'])
  assert.deepEqual(opened, state === attempt.state ? attempt : undefined)
}
