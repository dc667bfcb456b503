import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentTo } from '../setup.js'
import { formOf, OAUTH1_CALLBACK, OAUTH1_LOGIN, setUpOAuth1, tokenOf } from './setup.js'

test('"denied" names the token that was denied, and nothing else', async t => {
  const { choose, temporary } = await setUpOAuth1(t)
  const token = await temporary()
  const response = sentTo(await choose(token, { person: 'ada', fault: 'denied' }), OAUTH1_CALLBACK)
  assert.deepEqual([...response], [['denied', token.key]])
})

test('"unconfirmed_callback" sends the app to begin once more, and changes that request, once', async t => {
  const { begin, choose, temporary } = await setUpOAuth1(t)
  const response = await choose(await temporary(), { person: 'ada', fault: 'unconfirmed_callback' })
  assert.deepEqual([response.status, response.headers.get('location')], [303, OAUTH1_LOGIN])
  const bitten = await formOf(await begin())
  assert.deepEqual(Object.keys(bitten), ['oauth_token', 'oauth_token_secret'])
  assert.equal((await formOf(await begin())).oauth_callback_confirmed, 'true')
})

test('"wrong_token_in_callback" sends the app a token that was never issued', async t => {
  const { choose, temporary } = await setUpOAuth1(t)
  const token = await temporary()
  const choice = { person: 'ada', fault: 'wrong_token_in_callback' }
  const response = sentTo(await choose(token, choice), OAUTH1_CALLBACK)
  assert.ok(response.get('oauth_verifier') && response.get('oauth_token'))
  assert.notEqual(response.get('oauth_token'), token.key)
})

test('"no_verifier" sends the app the token only', async t => {
  const { choose, temporary } = await setUpOAuth1(t)
  const token = await temporary()
  const response = sentTo(await choose(token, { person: 'ada', fault: 'no_verifier' }), OAUTH1_CALLBACK)
  assert.deepEqual([...response], [['oauth_token', token.key]])
})

test('"wrong_verifier" sends the app a verifier that is refused', async t => {
  const { walk } = await setUpOAuth1(t)
  const response = await walk({ person: 'ada', fault: 'wrong_verifier' })
  assert.equal((await formOf(response, 401)).oauth_problem, 'verifier_invalid')
})

test('"token_html" responds to the exchange with a page', async t => {
  const { walk } = await setUpOAuth1(t)
  const response = await walk({ person: 'ada', fault: 'token_html' })
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
})

test('"token_secret_empty" sends the app a token with an empty secret', async t => {
  const { walk } = await setUpOAuth1(t)
  const body = await formOf(await walk({ person: 'ada', fault: 'token_secret_empty' }))
  assert.ok(body.oauth_token)
  assert.equal(body.oauth_token_secret, '')
})

test('"timestamp_refused" says that the app’s clock is wrong', async t => {
  const { walk } = await setUpOAuth1(t)
  const body = await formOf(await walk({ person: 'ada', fault: 'timestamp_refused' }), 401)
  assert.equal(body.oauth_problem, 'timestamp_refused')
  assert.match(body.oauth_acceptable_timestamps ?? '', /^\d+-\d+$/)
})

test('"user_401" has a good token that the user endpoint refuses', async t => {
  const { user, walk } = await setUpOAuth1(t)
  const token = await tokenOf(await walk({ person: 'ada', fault: 'user_401' }))
  assert.equal((await formOf(await user(token), 401)).oauth_problem, 'token_rejected')
})
