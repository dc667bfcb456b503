import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AccountError } from '../../../src/accounts/errors.js'
import { HttpClientError } from '../../../src/net/errors.js'
import { atStep, inStep, ProtocolError } from '../../../src/oauth/errors.js'
import { causeFields, describeCause } from '../../../src/web/errors/cause.js'

const REQUESTED_URL = 'https://op.example/token?client_secret=very-secret#x'

test('the cause of a refusal names the step and the URL without its query, then what happened', async () => {
  const failing = inStep('token', REQUESTED_URL, () => {
    throw new ProtocolError('provider_error', 'The provider answered with status 404', { status: 404 })
  })
  const error = await failing.catch((thrown: unknown) => thrown)
  const { text, failure } = describeCause(error, false, 'acme')
  assert.equal(text, 'Token endpoint (https://op.example/token): The provider answered with status 404')
  assert.deepEqual([failure.step, failure.url, failure.status], ['token', 'https://op.example/token', 404])
  const fields = { cause: text, step: 'token', url: 'https://op.example/token', providerStatus: 404 }
  assert.deepEqual(causeFields(describeCause(error, false, 'acme')), fields)
})

test('the cause of a refusal names the URL once where the message names it already', () => {
  const slow = new HttpClientError('provider_slow', 'POST https://op.example/token did not answer in time')
  const { text } = describeCause(atStep(slow, 'token', REQUESTED_URL), false, 'acme')
  assert.equal(text, 'Token endpoint: POST https://op.example/token did not answer in time')
})

test('the cause of a refusal belongs to the innermost step: keys that cannot be fetched are no fault of the ID token', async () => {
  const failing = inStep('id_token', undefined, () =>
    inStep('keys', 'https://op.example/keys', () => {
      throw new HttpClientError('provider_unreachable', 'GET https://op.example/keys failed: ECONNREFUSED')
    }),
  )
  const error = await failing.catch((thrown: unknown) => thrown)
  assert.match(describeCause(error, false, undefined).text, /^Keys of the provider: GET/)
})

test('the cause of a refusal names settings by the provider that it is about', () => {
  const error = new ProtocolError('id_token_invalid', 'set <NAME>_NONCE=off')
  assert.equal(describeCause(error, false, 'my-op').text, 'set MY_OP_NONCE=off')
})

test('the cause of a refusal keeps an error that knows no step as it is, and one that is no error', () => {
  const plain = new Error('x')
  assert.equal(atStep(plain, 'token', REQUESTED_URL), plain)
  assert.ok(!('step' in plain))
  assert.equal(atStep('a string', 'token'), 'a string')
})

test('the cause of a refusal has no frame and no stack where something was refused, and both where code failed', () => {
  const refused = describeCause(new AccountError('not_admitted', 'No rule fits'), false, undefined)
  assert.deepEqual([refused.frame, refused.stack], [undefined, undefined])
  const failed = describeCause(new TypeError('x is not a function'), true, undefined)
  assert.match(failed.frame ?? '', /test\/web\/errors\/cause\.test/)
  assert.match(failed.stack ?? '', /x is not a function/)
})

const SECRETS: readonly [what: string, text: string, secret: string][] = [
  ['a JWT', 'verify eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln failed', 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  ['a Bearer header', 'sent Authorization: Bearer gho_abcdefgh', 'gho_abcdefgh'],
  ['a Basic header', 'sent Authorization: basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA=='],
  ['the password of a URL', 'connect postgres://app:pa55word@db/x failed', 'pa55word'],
  ['a long random text', 'no row 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b'],
]

for (const [what, text, secret] of SECRETS) {
  test(`what the app’s own code throws is shown and logged without ${what}`, () => {
    const { text: shown, stack } = describeCause(new Error(text), true, undefined)
    assert.ok(shown.includes('[redacted]') && !shown.includes(secret), shown)
    assert.ok(!(stack ?? '').includes(secret), stack)
  })
}

test('whatever is thrown, its cause is one short line, without controls and turns of direction', () => {
  const thrown = fc.oneof(
    fc.anything(),
    fc.string({ unit: 'binary', maxLength: 2_000 }).map(message => new Error(message)),
    fc.string({ unit: 'binary' }).map(message => new ProtocolError('provider_error', message, { step: 'api' })),
    fc.constant(new Error(`\u001b[31m\u202e${'x'.repeat(100_000)}`)),
    fc.constant(Object.defineProperty(new Error('x'), 'message', { get: () => assert.fail('a getter') })),
  )
  fc.assert(
    fc.property(thrown, fc.boolean(), (value, isFault) => {
      const { text } = describeCause(value, isFault, 'acme')
      // With the step and the URL in front.
      assert.ok(Array.from(text).length <= (isFault ? 500 : 2_000) + 200, text)
      assert.doesNotMatch(text, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
    }),
    { numRuns: 500 },
  )
})
