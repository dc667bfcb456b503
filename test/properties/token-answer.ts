import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readTokenAnswer } from '../../src/oauth/token-answer.js'
import type { Answer, TokenSet } from '../../src/oauth/types.js'
import { anyJson, jsonTextOf, mostly, nasty } from './inputs.js'
import { outcomeOf } from './outcome.js'
import { property } from './property.js'

const SECRET = 'Zq9tokenZq9'
const TEN_YEARS = 10 * 365 * 24 * 60 * 60

const token = fc.constantFrom(SECRET, `${SECRET}.a-b_c~d+e/f==`, 'a')
const seconds = fc.oneof(fc.nat(), fc.double(), fc.constantFrom('3600', '3600.5', '1e3', '-1', '0x10', ' 1'))

const fields = fc.record(
  {
    access_token: mostly(token),
    token_type: mostly(fc.constantFrom('Bearer', 'bearer', 'BEARER', 'mac', 'N_A')),
    refresh_token: mostly(token),
    expires_in: mostly(seconds),
    id_token: mostly(token),
    scope: mostly(fc.constantFrom('read:user', 'a b', 'a,b', ' a  b ', ',', 'ä', 'a"b')),
    error: mostly(fc.constantFrom(null, 'invalid_grant', 'bad_verification_code', 'invalid_client')),
    error_description: anyJson,
  },
  { requiredKeys: ['access_token', 'token_type'] },
)

const field = fc.oneof(
  fc.tuple(fc.constantFrom('access_token', 'token_type', 'refresh_token'), nasty(SECRET, 'bearer')),
  fc.tuple(fc.constantFrom('token_type', 'scope', 'expires_in', 'error', ''), nasty('bearer', '3600')),
)
const form = fc.array(field, { maxLength: 6 }).map(list => list.map(([name, value]) => `${name}=${value}`).join('&'))

const answers: fc.Arbitrary<Answer> = fc.record({
  status: fc.oneof(fc.constant(200), fc.constantFrom(0, 100, 201, 204, 302, 307, 400, 401, 403, 429, 500, 503)),
  mediaType: fc.oneof(
    { arbitrary: fc.constant('application/json'), weight: 4 },
    { arbitrary: fc.constantFrom('application/x-www-form-urlencoded', 'text/html', 'application/a+json'), weight: 2 },
    { arbitrary: nasty('application/', '+json'), weight: 1 },
  ),
  body: fc.oneof({ arbitrary: jsonTextOf(fields), weight: 4 }, { arbitrary: form, weight: 2 }, nasty(SECRET)),
})

/** Whatever a token endpoint answers. */
export const tokenAnswer = property(
  'a token answer is a whole set of tokens, or an error that tells none of them',
  fc.tuple(answers, fc.boolean()),
  ([answer, formToo]) => {
    const client = formToo ? { formEncodedAnswers: true as const } : {}
    const { value, error } = outcomeOf(() => readTokenAnswer(answer, client), ['provider_error', 'provider_malformed'])
    if (error) return assert.ok(!error.message.includes(SECRET), error.message)
    assert.ok(answer.status >= 200 && answer.status < 300)
    assertWellFormed(value)
  },
)

function assertWellFormed({
  accessToken,
  tokenType,
  refreshToken,
  expiresIn,
  scope,
  idToken,
  ...more
}: TokenSet): void {
  assert.deepEqual(more, {})
  assert.match(accessToken, /^[\x21-\x7e]+$/)
  assert.equal(tokenType, 'Bearer')
  if (refreshToken !== undefined) assert.match(refreshToken, /^[\x21-\x7e]+$/)
  if (idToken !== undefined) assert.match(idToken, /^[\x21-\x7e]+$/)
  if (expiresIn !== undefined) assert.ok(Number.isInteger(expiresIn) && expiresIn >= 0 && expiresIn <= TEN_YEARS)
  for (const word of scope ?? []) assert.match(word, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
}
