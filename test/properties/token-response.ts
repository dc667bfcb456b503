import assert from 'node:assert/strict'
import fc from 'fast-check'
import { toStoredTokens } from '../../src/accounts/sign-in/find-or-create-user.js'
import type { HttpResponse } from '../../src/http/types.js'
import { readRefreshResponse, readTokenResponse } from '../../src/oauth/token-response.js'
import type { TokenSet } from '../../src/oauth/types.js'
import { PRESETS } from '../../src/providers/catalog.js'
import type { StoredTokens } from '../../src/store/types.js'
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
    token_type: mostly(fc.constantFrom('Bearer', 'bearer', 'BEARER', 'token', 'mac', 'N_A')),
    refresh_token: mostly(token),
    expires_in: mostly(seconds),
    refresh_token_expires_in: mostly(seconds),
    refresh_expires_in: mostly(seconds),
    id_token: mostly(token),
    scope: mostly(fc.constantFrom<unknown>('read:user', 'a b', 'a,b', ' a  b ', ',', 'ä', 'a"b', ['a', 'b'], ['ä'])),
    error: mostly(fc.constantFrom(null, 'invalid_grant', 'invalid_client', 'invalid_request', 'unauthorized_client')),
    message: anyJson,
    error_description: anyJson,
  },
  { requiredKeys: ['access_token'] },
)

const field = fc.oneof(
  fc.tuple(fc.constantFrom('access_token', 'token_type', 'refresh_token'), nasty(SECRET, 'bearer')),
  fc.tuple(fc.constantFrom('token_type', 'scope', 'expires_in', 'error', ''), nasty('bearer', '3600')),
)
const form = fc.array(field, { maxLength: 6 }).map(list => list.map(([name, value]) => `${name}=${value}`).join('&'))

const responses: fc.Arbitrary<HttpResponse> = fc.record({
  status: fc.oneof(fc.constant(200), fc.constantFrom(0, 100, 201, 204, 302, 307, 400, 401, 403, 429, 500, 503)),
  mediaType: fc.oneof(
    { arbitrary: fc.constant('application/json'), weight: 4 },
    { arbitrary: fc.constantFrom('application/x-www-form-urlencoded', 'text/html', 'application/a+json'), weight: 2 },
    { arbitrary: nasty('application/', '+json'), weight: 1 },
  ),
  body: fc.oneof({ arbitrary: jsonTextOf(fields), weight: 4 }, { arbitrary: form, weight: 2 }, nasty(SECRET)),
})

const CODES = ['provider_error', 'provider_malformed']

/** The readers that presets bring along, each once, and none. */
const READERS = [
  {},
  ...Object.values(PRESETS).flatMap(preset => {
    if (preset.protocol === 'oauth1') return []
    const { readTokenResponse, readRefreshResponse } = preset
    return readTokenResponse || readRefreshResponse ? [{ readTokenResponse, readRefreshResponse }] : []
  }),
]
const read = fc.tuple(responses, fc.constantFrom(...READERS))

/** Whatever a token endpoint answers. */
export const tokenResponse = property(
  'a token answer is a whole set of tokens, or an error that tells none of them',
  read,
  ([response, readers]) => {
    const { value, error } = outcomeOf(() => readTokenResponse(response, readers), CODES)
    if (error) return assert.ok(!error.message.includes(SECRET), error.message)
    assert.ok(response.status >= 200 && response.status < 300)
    assertWellFormed(value)
  },
)

const NOW = 1_800_000_000_000
const before: StoredTokens = {
  ...{ accessToken: 'old', tokenType: 'Bearer', refreshToken: 'old-refresh', scope: 'old-scope' },
  ...{ expiresAt: NOW, refreshExpiresAt: NOW + 1 },
}

/** Whatever it answers to a refresh, beside what was stored until then. */
export const refreshResponse = property(
  'a refresh brings new tokens and loses none, or is an error that tells none of them',
  read,
  ([response, readers]) => {
    const { value, error } = outcomeOf(() => readRefreshResponse(response, readers), CODES)
    if (error) return assert.ok(!error.message.includes(SECRET), error.message)
    assertWellFormed(value)
    const saved = toStoredTokens(value, before, NOW)
    assert.equal(saved.accessToken, value.accessToken)
    assert.equal(saved.refreshToken, value.refreshToken ?? before.refreshToken)
    assert.equal(saved.scope, value.scope?.join(' ') ?? before.scope)
    const isSaved = value.refreshToken === undefined
    assert.equal(saved.refreshExpiresAt, isSaved ? before.refreshExpiresAt : timeIn(value.refreshExpiresIn))
    assert.equal(saved.expiresAt, timeIn(value.expiresIn))
  },
)

const timeIn = (seconds: number | undefined) => (seconds === undefined ? undefined : NOW + seconds * 1000)

function assertWellFormed({ accessToken, tokenType, refreshToken, scope, idToken, ...lives }: TokenSet): void {
  const { expiresIn, refreshExpiresIn, ...more } = lives
  assert.deepEqual(more, {})
  assert.match(accessToken, /^[\x21-\x7e]+$/)
  assert.equal(tokenType, 'Bearer')
  if (refreshToken !== undefined) assert.match(refreshToken, /^[\x21-\x7e]+$/)
  assert.ok(idToken === undefined || typeof idToken === 'string')
  if (expiresIn !== undefined) assert.ok(Number.isInteger(expiresIn) && expiresIn >= 0 && expiresIn <= TEN_YEARS)
  // Of 0 seconds it would be over before it is used; there it is no lifetime at all.
  if (refreshExpiresIn !== undefined) {
    assert.ok(Number.isInteger(refreshExpiresIn) && refreshExpiresIn > 0 && refreshExpiresIn <= TEN_YEARS)
  }
  for (const word of scope ?? []) assert.match(word, /^[\x21\x23-\x5b\x5d-\x7e]+$/)
}
