import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { HttpResponse } from '../../src/http/types.js'
import {
  readCallbackToken,
  readOAuth1Callback,
  readTemporaryCredentials,
  readTokenCredentials,
} from '../../src/oauth/oauth1/flow.js'
import type { Credentials } from '../../src/oauth/oauth1/sign.js'
import { damaged, nasty } from './inputs.js'
import { outcomeOf } from './outcome.js'
import { property } from './property.js'

const SECRET = 'Zq9tokenZq9'

const name = fc.constantFrom(
  'oauth_token',
  'oauth_token_secret',
  'oauth_callback_confirmed',
  'oauth_problem',
  'user_id',
)
const value = fc.oneof(
  fc.constantFrom(SECRET, `${SECRET}+/=&%`, 'true', 'timestamp_refused', '1-2', ''),
  nasty(SECRET, 'true', '%2B', '%E2%98%83'),
)
const field = fc.tuple(fc.oneof({ arbitrary: name, weight: 4 }, nasty('oauth_')), value)
const fields = fc.array(field, { maxLength: 5 })
const whole = fc.tuple(value, value).map(([token, secret]): [string, string][] => [
  ['oauth_token', token],
  ['oauth_token_secret', secret],
  ['oauth_callback_confirmed', 'true'],
])
const encoded = (pairs: [string, string][]) => new URLSearchParams(pairs).toString()
const raw = (pairs: [string, string][]) => pairs.map(pair => pair.join('=')).join('&')

const form = fc.oneof(
  { arbitrary: whole.map(encoded), weight: 4 },
  { arbitrary: fc.tuple(whole, fields).map(([first, more]) => encoded([...first, ...more])), weight: 3 },
  { arbitrary: damaged(whole.map(encoded)), weight: 2 },
  { arbitrary: fc.oneof(whole, fields).map(raw), weight: 2 },
  { arbitrary: nasty('oauth_token=', '&', SECRET), weight: 1 },
)

const responses: fc.Arbitrary<HttpResponse> = fc.record({
  status: fc.oneof({ arbitrary: fc.constant(200), weight: 4 }, fc.constantFrom(0, 100, 201, 302, 308, 400, 401, 500)),
  mediaType: fc.constantFrom('application/x-www-form-urlencoded', 'text/html', 'application/json', ''),
  body: form,
})

/** Whatever the two token endpoints of an OAuth 1.0a provider answer. */
export const oauth1Response = property(
  'a form of OAuth 1.0a is a token with its secret, or an error that tells neither',
  responses,
  response => {
    for (const read of [readTemporaryCredentials, readTokenCredentials]) {
      const { value: credentials, error } = outcomeOf<Credentials>(
        () => read(response),
        ['provider_error', 'provider_malformed'],
      )
      if (error) assert.ok(!error.message.includes(SECRET), error.message)
      else assertAsResponded(response, credentials)
    }
    const { value: temporary } = outcomeOf(
      () => readTemporaryCredentials(response),
      ['provider_error', 'provider_malformed'],
    )
    if (temporary) assert.equal(new URLSearchParams(response.body).get('oauth_callback_confirmed'), 'true')
  },
)

/** Nothing is made of an answer but what stands in it, once. */
function assertAsResponded({ status, body }: HttpResponse, { token, tokenSecret }: Credentials): void {
  assert.ok(status >= 200 && status < 300)
  const message = new URLSearchParams(body)
  assert.deepEqual([message.getAll('oauth_token'), message.getAll('oauth_token_secret')], [[token], [tokenSecret]])
  for (const text of [token, tokenSecret]) assert.match(text, /^[\x21-\x7e]+$/)
  assert.ok(!message.has('oauth_problem'))
}

const backName = fc.constantFrom('oauth_token', 'oauth_verifier', 'denied', 'oauth_problem', 'state')
const backValue = fc.oneof(fc.constant(SECRET), damaged(fc.constant(SECRET)), nasty('user_refused'))
const back = fc.array(fc.tuple(backName, backValue), { maxLength: 4 }).map(encoded)

/** Whatever a browser brings back from an OAuth 1.0a provider. */
export const oauth1Callback = property(
  'a callback of OAuth 1.0a is a verifier that came once, for the token of this browser, or an error of ours',
  fc.oneof(
    back,
    damaged(back),
    backValue.map(verifier =>
      encoded([
        ['oauth_token', SECRET],
        ['oauth_verifier', verifier],
      ]),
    ),
  ),
  query => {
    const params = new URLSearchParams(query)
    outcomeOf(() => readCallbackToken(params), ['state_missing', 'request_malformed'])
    const codes = ['request_malformed', 'state_missing', 'provider_denied', 'provider_error', 'code_missing']
    const { value: verifier } = outcomeOf(() => readOAuth1Callback(params, SECRET), codes)
    if (verifier === undefined) return
    assert.deepEqual([params.getAll('oauth_token'), params.getAll('oauth_verifier')], [[SECRET], [verifier]])
    assert.notEqual(verifier, '')
    assert.ok(!params.has('denied') && !params.has('oauth_problem'))
  },
)
