import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authorizationUrl,
  exchangeVerifier,
  readCallbackToken,
  readOAuth1Callback,
  readTemporaryCredentials,
  readTokenCredentials,
  requestTemporaryCredentials,
  temporaryCredentialsRequest,
  tokenCredentialsRequest,
} from '../../../src/oauth/oauth1/flow.js'
import { aForm, anOAuth1Client, aTimestampAndNonce, headerParams } from './samples.js'

const CALLBACK = 'https://app.example/oauth/acme/callback'
const requestToken = {
  oauth_token: 'hh5s93j4hdidpola',
  oauth_token_secret: 'hdhd0244k9j7ao03',
  oauth_callback_confirmed: 'true',
}
const temporary = { token: requestToken.oauth_token, tokenSecret: requestToken.oauth_token_secret }
const granted = { oauth_token: 'nnch734d00sl2jdk', oauth_token_secret: 'pfkkdhi9sl3r4s00' }
const callback = (query: string) => readOAuth1Callback(new URLSearchParams(query), temporary.token)
const verifier = callback(`oauth_token=${temporary.token}&oauth_verifier=hfdp7dh39dks9884`)
const readers = [readTemporaryCredentials, readTokenCredentials]

test('temporary credentials are asked for with the callback in a signed header, and without a body', () => {
  const { method, url, headers, body } = temporaryCredentialsRequest(anOAuth1Client(), CALLBACK, aTimestampAndNonce)
  assert.deepEqual([method, url, body], ['POST', 'https://provider.example/oauth/request_token', undefined])
  assert.deepEqual(Object.keys(headers), ['Accept', 'Authorization'])
  assert.equal(headerParams(headers.Authorization).oauth_callback, CALLBACK)
  assert.equal(headerParams(headers.Authorization).oauth_token, undefined)
})

test('REQUEST_TOKEN_PARAMS go into a form, are signed, and replace nothing of the protocol', () => {
  const evil = [
    ['oauth_callback', 'https://evil.example/'],
    ['oauth_token', 'evil'],
  ] as const
  const signature = (value: string) => {
    const client = anOAuth1Client({ requestTokenParams: [...evil, ['x_auth_access_type', value]] })
    const { headers, body } = temporaryCredentialsRequest(client, CALLBACK, aTimestampAndNonce)
    assert.equal(body, `x_auth_access_type=${value}`)
    assert.equal(headers['Content-Type'], 'application/x-www-form-urlencoded')
    return headerParams(headers.Authorization).oauth_signature
  }
  assert.notEqual(signature('read'), signature('write'))
})

test('temporary credentials are read, as in RFC 5849, 1.2', () => {
  assert.deepEqual(readTemporaryCredentials(aForm(requestToken)), temporary)
})

test('O1-01 a provider that does not confirm the callback is refused', () => {
  const { oauth_callback_confirmed: _, ...bare } = requestToken
  for (const fields of [
    bare,
    ...['', 'false', 'False', '0', '11', 'true ', 'trueish'].map(value => ({
      ...bare,
      oauth_callback_confirmed: value,
    })),
  ])
    assert.throws(() => readTemporaryCredentials(aForm(fields)), { code: 'provider_malformed', message: /confirm/ })
})

// `True` and `1` were refused until P10.
test('P10 a callback is confirmed by true in any case, as Authlib says it, and by 1, as Mautic does', () => {
  for (const oauth_callback_confirmed of ['true', 'True', 'TRUE', '1']) {
    assert.deepEqual(readTemporaryCredentials(aForm({ ...requestToken, oauth_callback_confirmed })), temporary)
  }
})

test('temporary credentials that would not fit into a cookie are refused', () => {
  const long = 'x'.repeat(513)
  assert.ok(readTemporaryCredentials(aForm({ ...requestToken, oauth_token: long.slice(1) })))
  for (const name of ['oauth_token', 'oauth_token_secret'])
    assert.throws(() => readTemporaryCredentials(aForm({ ...requestToken, [name]: long })), {
      code: 'provider_malformed',
    })
})

test('the person is sent to the authorize URL with the token, and with the query and parameters that belong there', () => {
  const url = (authorizeUrl: string, authorizeParams: readonly (readonly [string, string])[] = []) =>
    authorizationUrl(anOAuth1Client({ authorizeUrl, authorizeParams }), { token: 'a+/=b', tokenSecret: 'hidden' })
  assert.equal(url('https://p.example/a'), 'https://p.example/a?oauth_token=a%2B%2F%3Db')
  assert.equal(url('https://p.example/a?x=%20y'), 'https://p.example/a?x=%20y&oauth_token=a%2B%2F%3Db')
  assert.equal(url('https://p.example/a?oauth_token=evil#top'), 'https://p.example/a?oauth_token=a%2B%2F%3Db')
  const params = [
    ['scope', 'read,account'],
    ['name', 'Vestibule'],
    ['oauth_callback', 'evil'],
  ] as const
  assert.deepEqual(
    [...new URL(url('https://p.example/a', params)).searchParams],
    [
      ['oauth_token', 'a+/=b'],
      ['scope', 'read,account'],
      ['name', 'Vestibule'],
    ],
  )
})

test('a callback is a verifier for the token that this browser was sent away with', () => {
  const query = new URLSearchParams(`oauth_token=${temporary.token}&oauth_verifier=hfdp7dh39dks9884&lang=en`)
  assert.equal(readCallbackToken(query), temporary.token)
  assert.equal(readOAuth1Callback(query, temporary.token), 'hfdp7dh39dks9884')
})

test('O1-02 a callback without a verifier is refused', () => {
  for (const query of ['', '&oauth_verifier=', '&verifier=a'])
    assert.throws(() => callback(`oauth_token=${temporary.token}${query}`), { code: 'code_missing' }, query)
})

test('O1-03 a callback with another token than that of this browser is refused, whatever else it says', () => {
  for (const query of ['oauth_token=another&oauth_verifier=v', 'denied=another', 'oauth_token=another&oauth_problem=x'])
    assert.throws(() => callback(query), { code: 'request_malformed', message: /another oauth_token/ }, query)
  assert.throws(() => callback('oauth_verifier=v'), { code: 'state_missing' })
  for (const query of ['', 'oauth_token=', 'denied=', 'oauth_verifier=v'])
    assert.throws(() => readCallbackToken(new URLSearchParams(query)), { code: 'state_missing' }, query)
})

test('O1-04 no parameter of a callback may be there twice, and the token may not be two', () => {
  const token = temporary.token
  for (const query of [
    `oauth_token=${token}&oauth_token=${token}&oauth_verifier=v`,
    `oauth_token=${token}&oauth_token=another&oauth_verifier=v`,
    `oauth_token=${token}&oauth_verifier=v&oauth_verifier=v`,
    `denied=${token}&denied=${token}`,
    `oauth_token=${token}&denied=another`,
    `oauth_token=${token}&oauth_verifier=v&a=1&a=1`,
  ])
    assert.throws(() => callback(query), { code: 'request_malformed' }, query)
  for (const query of ['oauth_token=a&oauth_token=a', 'denied=a&denied=a', 'denied=a&oauth_token=b'])
    assert.throws(() => readCallbackToken(new URLSearchParams(query)), { code: 'request_malformed' }, query)
})

test('O1-04 a person who says no is told apart from a provider that cannot', () => {
  const token = temporary.token
  const refusals = [`denied=${token}`, `denied=${token}&oauth_token=${token}&oauth_verifier=v`]
  const problems = ['permission_denied', 'user_refused'].map(problem => `oauth_token=${token}&oauth_problem=${problem}`)
  for (const query of [...refusals, ...problems]) {
    assert.equal(readCallbackToken(new URLSearchParams(query)), token)
    assert.throws(() => callback(query), { code: 'provider_denied' }, query)
  }
  const query = `oauth_token=${token}&oauth_problem=token_expired&oauth_verifier=v`
  assert.throws(() => callback(query), { code: 'provider_error', message: /token_expired/ })
  assert.throws(() => callback(`oauth_token=${token}&oauth_problem=A%20secret`), { message: /without a usual name/ })
})

test('a person’s token is asked for with the verifier, signed with both secrets', () => {
  const { method, url, headers, body } = tokenCredentialsRequest(
    anOAuth1Client(),
    temporary,
    verifier,
    aTimestampAndNonce,
  )
  assert.deepEqual([method, url, body], ['POST', 'https://provider.example/oauth/access_token', undefined])
  const params = headerParams(headers.Authorization)
  assert.deepEqual([params.oauth_token, params.oauth_verifier], [temporary.token, verifier])
  assert.ok(!JSON.stringify({ url, headers }).includes(temporary.tokenSecret))
  const other = tokenCredentialsRequest(
    anOAuth1Client(),
    { ...temporary, tokenSecret: 'x' },
    verifier,
    aTimestampAndNonce,
  )
  assert.notEqual(headerParams(other.headers.Authorization).oauth_signature, params.oauth_signature)
})

test('a person’s token is read, with what the provider tells beside it', () => {
  const extras = { user_id: '38895958', screen_name: 'ada & co', '__proto__ ': 'x' }
  const read = readTokenCredentials(aForm({ ...granted, ...extras, oauth_expires_in: '3600' }))
  assert.deepEqual(read, {
    token: granted.oauth_token,
    tokenSecret: granted.oauth_token_secret,
    extras: new Map(Object.entries(extras)),
  })
})

test('a form is a form whatever its media type says: X calls it HTML', () => {
  for (const mediaType of ['text/html', 'text/plain', '']) {
    assert.deepEqual(readTemporaryCredentials(aForm(requestToken, { mediaType })), temporary)
    assert.equal(readTokenCredentials(aForm(granted, { mediaType })).token, granted.oauth_token)
  }
})

const good = new URLSearchParams({ ...granted, oauth_callback_confirmed: 'true' }).toString()
const NO_FORMS = [
  '',
  '<!doctype html><title>Sign in</title>',
  `<a href="?${good}">`,
  JSON.stringify({ ...granted, oauth_callback_confirmed: 'true' }),
  `\ufeff${good}`,
  `${good}\n`,
  ` ${good}`,
  `${good}&x=a b`,
  `${good}&x=ä`,
  `${good}&x=%`,
  `${good}&x=%e`,
  `${good}&x=%ff`,
  `${good}&x=%c3%28`,
  `${good}\x00`,
]
const NO_CREDENTIALS = [
  good.replace(/&oauth_token_secret=[^&]*/, ''),
  good.replace(/&oauth_token_secret=[^&]*/, '&oauth_token_secret='),
  good.replace(/^oauth_token=[^&]*&/, ''),
  good.replace(/^oauth_token=[^&]*/, 'oauth_token='),
  good.replace(/^oauth_token=/, 'oauth_token=a+b'),
  good.replace(/^oauth_token=/, 'oauth_token=%0d%0aX:'),
  good.replace(/^oauth_token=/, 'oauth_token=%C3%A4'),
  good.replace(/^oauth_token=/, 'OAUTH_TOKEN='),
  `${good}&oauth_token=twice`,
  `${good}&x=1&x=2`,
]

for (const body of [...NO_FORMS, ...NO_CREDENTIALS])
  test(`O1-06 an answer that is not one whole form is refused: ${JSON.stringify(body)}`, () => {
    for (const read of readers)
      for (const mediaType of ['application/x-www-form-urlencoded', 'text/html', 'application/json'])
        assert.throws(
          () => read(aForm(body, { mediaType })),
          { code: 'provider_malformed', message: /^(?!.*(?:nnch734d00sl2jdk|pfkkdhi9sl3r4s00))/ },
          mediaType,
        )
  })

test('O1-06 what is encoded in a token comes out as it was meant', () => {
  const token = 'a+/=&%!*\'()~"<>'
  const read = readTokenCredentials(aForm({ oauth_token: token, oauth_token_secret: token, name: 'ä b+' }))
  assert.deepEqual([read.token, read.tokenSecret, read.extras.get('name')], [token, token, 'ä b+'])
  assert.equal(readTokenCredentials(aForm('oauth_token=a/b==&oauth_token_secret=c:d')).token, 'a/b==')
})

const PROBLEMS: readonly [body: string, status: number, message: RegExp][] = [
  [
    'oauth_problem=timestamp_refused&oauth_acceptable_timestamps=1318622000-1318623000',
    401,
    /clock.*1318622000 to 1318623000/,
  ],
  ['oauth_problem=timestamp_refused', 401, /clock of this machine \(status 401/],
  ['oauth_problem=timestamp_refused&oauth_acceptable_timestamps=<script>', 401, /clock of this machine \(status 401/],
  ['oauth_problem=consumer_key_unknown', 401, /client id/],
  ['oauth_problem=signature_invalid', 400, /client secret/],
  ['oauth_problem=verifier_invalid', 401, /problem verifier_invalid/],
  ['oauth_problem=nonce_used', 200, /status 200, problem nonce_used/],
  ['oauth_problem=Sesame%20open', 401, /without a usual name/],
  ['', 401, /client id, the client secret and the clock/],
  ['<html>', 500, /answered with an error \(status 500\)/],
]

for (const [body, status, message] of PROBLEMS)
  test(`O1-07 a problem is told as what the operator can do about it: ${status} ${body}`, () => {
    for (const read of readers)
      assert.throws(() => read(aForm(body, { status })), { code: 'provider_error', status, message })
  })

test('what the provider says about an error is kept apart from what we say', () => {
  const advice = aForm('oauth_problem=parameter_rejected&oauth_problem_advice=Look%0Ahere', { status: 400 })
  const words = JSON.stringify({ errors: [{ code: 415, message: 'Callback URL not approved' }] })
  const json = { status: 403, mediaType: 'application/json', body: words }
  assert.throws(() => readTemporaryCredentials(advice), { providerMessage: 'Look here' })
  assert.throws(() => readTemporaryCredentials(json), { providerMessage: 'Callback URL not approved' })
  for (const body of ['{"errors":[]}', '{"errors":[1]}', '{"errors":"x"}', '[]', '{'])
    assert.throws(() => readTemporaryCredentials({ ...json, body }), {
      code: 'provider_error',
      providerMessage: undefined,
    })
})

test('O1-22 a redirect is an error that names the remedy', () => {
  for (const read of readers)
    for (const status of [301, 302, 307, 308])
      assert.throws(() => read(aForm(requestToken, { status })), {
        code: 'provider_malformed',
        status,
        message: /https URL/,
      })
})

test('an error page that sends back our request tells none of its secrets', async () => {
  const client = anOAuth1Client({ clientSecret: 'consumer&secret', signatureMethod: 'PLAINTEXT' })
  for (const secret of ['consumer&secret', 'consumer%26secret&', 'consumer%2526secret%26']) {
    const advice = new URLSearchParams({ oauth_problem: 'x', oauth_problem_advice: `You sent ${secret}` }).toString()
    for (const body of [advice, decodeURIComponent(advice)]) {
      const send = async () => aForm(body, { status: 401 })
      const ask = requestTemporaryCredentials(send, client, CALLBACK, aTimestampAndNonce)
      await assert.rejects(ask, { code: 'provider_error', providerMessage: undefined })
    }
  }
  for (const secret of [temporary.tokenSecret, verifier]) {
    const send = async () =>
      aForm({ oauth_problem: secret, oauth_problem_advice: `You sent ${secret}` }, { status: 401 })
    await assert.rejects(
      exchangeVerifier(send, client, temporary, verifier, aTimestampAndNonce),
      (error: Error & { providerMessage?: string }) => {
        assert.ok(!`${error.message} ${error.providerMessage}`.includes(secret))
        return error.providerMessage === undefined
      },
    )
  }
})
