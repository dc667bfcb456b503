import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APP, sentTo } from '../setup.js'
import { type Ask, CONSUMER, formOf, OAUTH1_CALLBACK, RSA_CONSUMER, setUpOAuth1, tokenOf } from './setup.js'

for (const [signatureMethod, client] of [
  ['HMAC-SHA1', CONSUMER],
  ['HMAC-SHA256', CONSUMER],
  ['RSA-SHA1', RSA_CONSUMER],
] as const) {
  test(`three signed requests of another library bring the person: ${signatureMethod}`, async t => {
    const { walk, user } = await setUpOAuth1(t)
    const asked = { signatureMethod, client }
    const response = await user(await tokenOf(await walk({ person: 'ada' }, asked)), asked)
    assert.equal(response.status, 200)
    const wanted = { id: '1815', login: 'ada', name: 'Ada Lovelace', email: 'ada@example.org', email_verified: true }
    assert.deepEqual(await response.json(), wanted)
  })
}

test('temporary credentials confirm the callback, and the response has their token and a verifier', async t => {
  const { begin, choose } = await setUpOAuth1(t)
  const { oauth_callback_confirmed, oauth_token = '', oauth_token_secret = '' } = await formOf(await begin())
  assert.equal(oauth_callback_confirmed, 'true')
  const response = sentTo(await choose({ key: oauth_token, secret: oauth_token_secret }), OAUTH1_CALLBACK)
  assert.deepEqual([...response.keys()], ['oauth_token', 'oauth_verifier'])
  assert.equal(response.get('oauth_token'), oauth_token)
})

test('the token response says whose token it is', async t => {
  const { walk } = await setUpOAuth1(t)
  const { user_id, screen_name } = await formOf(await walk({ person: 'k' }))
  assert.deepEqual([user_id, screen_name], ['9007199254740993', 'k'])
})

test('the query of a registered callback is kept as it is', async t => {
  const { choose, temporary } = await setUpOAuth1(t)
  const oauth_callback = `${OAUTH1_CALLBACK}?a=1%202`
  const response = await choose(await temporary({ fields: { oauth_callback } }))
  assert.ok(response.headers.get('location')?.startsWith(`${oauth_callback}&oauth_token=`))
})

test('parameters of query and form are signed, whatever their characters and order', async t => {
  const { ask, user, walk } = await setUpOAuth1(t)
  const token = await tokenOf(await walk())
  const fields = { b5: '=%3D', a1: 'x', a: "r b+!'()*~", c2: '', ü: '☃ 𝄞', 'a=': '&', Z: 'upper' }
  assert.equal((await user(token, { fields })).status, 200)
  const temporary = { ...fields, oauth_callback: OAUTH1_CALLBACK }
  assert.equal((await ask('/oauth1/request_token', { fields: temporary })).status, 200)
})

for (const oauth_callback of [
  'oob',
  `${APP}/`,
  `${OAUTH1_CALLBACK}/`,
  `${OAUTH1_CALLBACK}?x=1`,
  'http://evil.example/',
]) {
  test(`the callback ${oauth_callback} is not one that was registered`, async t => {
    const { begin } = await setUpOAuth1(t)
    const { oauth_problem, oauth_parameters_rejected } = await formOf(await begin({ fields: { oauth_callback } }), 401)
    assert.deepEqual([oauth_problem, oauth_parameters_rejected], ['parameter_rejected', 'oauth_callback'])
  })
}

const NOW = 1_700_000_000

const REFUSED: Record<string, [Ask, problem: string]> = {
  'no callback': [{ fields: {} }, 'parameter_absent'],
  'no nonce': [{ tamper: { oauth_nonce: undefined } }, 'parameter_absent'],
  'no signature': [{ tamper: { oauth_signature: undefined } }, 'parameter_absent'],
  'an empty signature': [{ tamper: { oauth_signature: '' } }, 'parameter_absent'],
  'a signature of another request': [
    { tamper: { oauth_signature: 'r6/TJjbCOr97/+UU0NsvSne7s5g=' } },
    'signature_invalid',
  ],
  'a nonce that was not signed': [{ tamper: { oauth_nonce: 'another' } }, 'signature_invalid'],
  'a parameter that was not signed': [{ tamper: { oauth_extra: 'x' } }, 'signature_invalid'],
  'another secret': [{ client: { ...CONSUMER, clientSecret: 'wrong' } }, 'signature_invalid'],
  'an empty secret': [{ client: { ...CONSUMER, clientSecret: '' } }, 'signature_invalid'],
  'an RSA signature of another key': [
    { signatureMethod: 'HMAC-SHA1', client: RSA_CONSUMER, tamper: { oauth_signature_method: 'RSA-SHA1' } },
    'signature_invalid',
  ],
  'an unknown client': [{ client: { ...CONSUMER, clientId: 'nobody' } }, 'consumer_key_unknown'],
  PLAINTEXT: [{ signatureMethod: 'PLAINTEXT' }, 'signature_method_rejected'],
  'RSA-SHA1 without a registered key': [{ signatureMethod: 'RSA-SHA1' }, 'signature_method_rejected'],
  'HMAC-SHA1 without a secret': [{ client: RSA_CONSUMER }, 'signature_method_rejected'],
  'a method that the language calls its own': [{ signatureMethod: 'constructor' }, 'signature_method_rejected'],
  'a token where there is none yet': [{ token: { key: 'x', secret: 'y' } }, 'token_rejected'],
  'another version': [{ tamper: { oauth_version: '2.0' } }, 'version_rejected'],
  'a time six minutes ago': [{ set: { oauth_timestamp: NOW - 360 } }, 'timestamp_refused'],
  'a time to come': [{ set: { oauth_timestamp: NOW + 301 } }, 'timestamp_refused'],
  'a time that is no number': [{ tamper: { oauth_timestamp: '0x655' } }, 'timestamp_refused'],
}

for (const [what, [asked, problem]] of Object.entries(REFUSED)) {
  test(`${what} is refused with 401 ${problem}`, async t => {
    const { begin } = await setUpOAuth1(t)
    const response = await begin(asked)
    assert.match(response.headers.get('www-authenticate') ?? '', /^OAuth /)
    const { oauth_problem, oauth_token } = await formOf(response, 401)
    assert.deepEqual([oauth_problem, oauth_token], [problem, undefined])
  })
}

test('the response to a refused timestamp names the accepted ones', async t => {
  const { begin } = await setUpOAuth1(t)
  const body = await formOf(await begin({ set: { oauth_timestamp: 1 } }), 401)
  assert.equal(body.oauth_acceptable_timestamps, `${NOW - 300}-${NOW + 300}`)
  for (const oauth_timestamp of [NOW - 300, NOW + 300]) {
    assert.equal((await begin({ set: { oauth_timestamp } })).status, 200)
  }
})

test('a nonce works once, and a request that was refused uses up none', async t => {
  const { begin, clock } = await setUpOAuth1(t)
  const set = { oauth_nonce: 'the-nonce', oauth_timestamp: NOW + 300 }
  assert.equal((await begin({ set, tamper: { oauth_signature: 'x' } })).status, 401)
  assert.equal((await begin({ set })).status, 200)
  assert.equal((await formOf(await begin({ set }), 401)).oauth_problem, 'nonce_used')
  clock.now += 599_000
  assert.equal((await formOf(await begin({ set }), 401)).oauth_problem, 'nonce_used')
  clock.now += 2_000
  assert.equal((await formOf(await begin({ set }), 401)).oauth_problem, 'timestamp_refused')
})

test('a parameter that comes twice, and a header that cannot be read, are refused', async t => {
  const { open } = await setUpOAuth1(t)
  for (const authorization of [
    'OAuth oauth_nonce="a", oauth_nonce="b"',
    'OAuth oauth_nonce=a',
    'OAuth oauth_nonce="%zz"',
    'OAuth ,',
  ]) {
    const response = await open('/oauth1/request_token', { method: 'POST', headers: { authorization } })
    assert.equal((await formOf(response, 401)).oauth_problem, 'parameter_rejected', authorization)
  }
})

test('the response to a request without any credentials says what is missing', async t => {
  const { open } = await setUpOAuth1(t)
  const { oauth_problem, oauth_parameters_absent } = await formOf(await open('/oauth1/user'), 401)
  assert.equal(oauth_problem, 'parameter_absent')
  assert.match(oauth_parameters_absent ?? '', /^oauth_consumer_key&/)
})

test('the signature covers our configured address, not the one of the Host header', async t => {
  const { begin } = await setUpOAuth1(t, { url: 'http://provider.example' })
  assert.equal((await formOf(await begin(), 401)).oauth_problem, 'signature_invalid')
})

test('a temporary token that is unknown, decided or ten minutes old is refused, on the page and after it', async t => {
  const { choose, clock, open, post, temporary } = await setUpOAuth1(t)
  const decided = await temporary()
  await choose(decided)
  const old = await temporary()
  clock.now += 599_999
  const leadsNowhere = async (oauth_token: string) => {
    const late = await post('/oauth1/authorize', { oauth_token, person: 'ada' })
    for (const response of [await open(`/oauth1/authorize?oauth_token=${oauth_token}`), late]) {
      assert.deepEqual([response.status, response.headers.get('location')], [400, null])
    }
  }
  for (const token of ['', 'unknown', decided.key]) await leadsNowhere(token)
  assert.equal((await open(`/oauth1/authorize?oauth_token=${old.key}`)).status, 200)
  clock.now += 1
  await leadsNowhere(old.key)
})

test('temporary credentials work once, and a verifier is guessed once', async t => {
  const { exchange, temporary, verifierFor } = await setUpOAuth1(t)
  const token = await temporary()
  const verifier = await verifierFor(token)
  assert.equal((await exchange(token, verifier)).status, 200)
  assert.equal((await formOf(await exchange(token, verifier), 401)).oauth_problem, 'token_rejected')

  const another = await temporary()
  const right = await verifierFor(another)
  assert.equal((await formOf(await exchange(another, `${right}x`), 401)).oauth_problem, 'verifier_invalid')
  assert.equal((await formOf(await exchange(another, right), 401)).oauth_problem, 'token_rejected')
})

test('an exchange without a verifier, before the choice, of another client or with another secret is refused', async t => {
  const { exchange, temporary, verifierFor } = await setUpOAuth1(t)
  const problem = async (response: Response) => (await formOf(response, 401)).oauth_problem
  const chosen = await temporary()
  const verifier = await verifierFor(chosen)
  const stranger = { client: RSA_CONSUMER, signatureMethod: 'RSA-SHA1' }
  assert.equal(await problem(await exchange(chosen, verifier, stranger)), 'token_rejected')
  assert.equal(await problem(await exchange({ ...chosen, secret: 'wrong' }, verifier)), 'signature_invalid')
  assert.equal(await problem(await exchange(chosen, verifier, { fields: {} })), 'parameter_absent')
  assert.equal(await problem(await exchange(await temporary(), 'x')), 'permission_unknown')
})

test('the user is shown to token credentials only, and only to the client they were made for', async t => {
  const { temporary, user, walk } = await setUpOAuth1(t)
  const token = await tokenOf(await walk())
  const stranger = { client: RSA_CONSUMER, signatureMethod: 'RSA-SHA1' }
  assert.equal((await formOf(await user(token, stranger), 401)).oauth_problem, 'token_rejected')
  assert.equal((await formOf(await user(await temporary()), 401)).oauth_problem, 'token_rejected')
  assert.equal((await formOf(await user({ ...token, secret: '' }), 401)).oauth_problem, 'signature_invalid')
})
