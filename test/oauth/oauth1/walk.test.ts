import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { randomId } from '../../../src/crypto/random.js'
import { isPrivateHost } from '../../../src/http/private-host.js'
import { SIGNATURE_METHODS } from '../../../src/http/protocol-options.js'
import type { HttpRequest, Send } from '../../../src/http/types.js'
import { createHttpClient } from '../../../src/net/http-client.js'
import {
  authorizationUrl,
  exchangeVerifier,
  type OAuth1Client,
  readCallbackToken,
  readOAuth1Callback,
  requestTemporaryCredentials,
  type TokenCredentials,
} from '../../../src/oauth/oauth1/flow.js'
import { type Credentials, signRequest } from '../../../src/oauth/oauth1/sign.js'
import { readUserResponse } from '../../../src/oauth/userinfo.js'
import { CONSUMER, type OAuth1Provider, startOAuth1Provider } from '../../support/fake-oauth1.js'
import { anOAuth1Client, rsaKeys } from './samples.js'

const CALLBACK = 'https://app.example/oauth/acme/callback'
const outbound = createHttpClient({ allowHttp: true, isPrivateHost })
const slot = outbound.takeSlot('acme')
let provider: OAuth1Provider

before(async () => {
  provider = await startOAuth1Provider({ publicKey: rsaKeys.publicPem })
})
beforeEach(() => provider.reset())
after(async () => {
  slot.release()
  await outbound.close()
  await provider.stop()
})

const timestampAndNonce = () => ({ now: Date.now(), nonce: randomId() })

const clientOf = (changes: Partial<OAuth1Client> = {}, origin = provider.origin): OAuth1Client =>
  anOAuth1Client({
    clientId: CONSUMER.key,
    clientSecret: CONSUMER.secret,
    requestTokenUrl: `${origin}/oauth/request_token?a=%3D%253D`,
    authorizeUrl: `${origin}/oauth/authenticate`,
    tokenUrl: `${origin}/oauth/access_token`,
    ...changes,
  })

/** As through a proxy that ends TLS before the provider: PLAINTEXT wants https. */
const throughTls: Send = request =>
  slot.send({
    ...request,
    url: request.url.replace(/^https:/, 'http:'),
    headers: { ...request.headers, 'X-Forwarded-Proto': 'https' },
  })

/** What the person's browser brings back. */
async function visit(url: string): Promise<URLSearchParams> {
  const response = await fetch(url.replace(/^https:/, 'http:'), { redirect: 'manual' })
  const back = new URL(response.headers.get('location') ?? '')
  assert.equal(`${back.origin}${back.pathname}`, CALLBACK)
  return back.searchParams
}

async function walk(client: OAuth1Client, send: Send): Promise<TokenCredentials> {
  const temporary = await requestTemporaryCredentials(send, client, CALLBACK, timestampAndNonce())
  const back = await visit(authorizationUrl(client, temporary))
  assert.equal(readCallbackToken(back), temporary.token)
  const verifier = readOAuth1Callback(back, temporary.token)
  return exchangeVerifier(send, client, temporary, verifier, timestampAndNonce())
}

async function personOf(send: Send, client: OAuth1Client, token: Credentials, request: HttpRequest) {
  return readUserResponse(await send(signRequest(client, token, request, timestampAndNonce())))
}

for (const signatureMethod of SIGNATURE_METHODS)
  test(`a person signs in at a provider we did not write, with ${signatureMethod}`, async () => {
    const origin = provider.origin.replace('http:', 'https:')
    const changes = { signatureMethod, requestTokenParams: [['x_auth_access_type', 'read & ä']] as const }
    const client = clientOf({ ...changes, privateKey: rsaKeys.privateKey }, origin)
    const token = await walk(client, throughTls)
    assert.deepEqual(Object.fromEntries(token.extras), { user_id: 'id-of-ada', screen_name: 'ada' })
    const profile: HttpRequest = { method: 'GET', url: `${origin}/user?b=%20%2B&a=ä'`, headers: {} }
    const { id, query } = await personOf(throughTls, client, token, profile)
    assert.deepEqual([id, query], ['id-of-ada', { b: ' +', a: "ä'" }])
    assert.deepEqual(
      new Set(provider.requests.map(({ params }) => params.get('oauth_signature_method') ?? '-')),
      new Set([signatureMethod, '-']),
    )
  })

test('the parameters of a form are signed, and those of JSON are not', async () => {
  const client = clientOf()
  const token = await walk(client, slot.send)
  const request = { method: 'POST', url: `${provider.origin}/user?c%40=&a=1` } as const
  const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'c2&a=2+q&z=%F0%9D%84%9E' }
  const { form: fields } = await personOf(slot.send, client, token, { ...request, ...form })
  assert.deepEqual(fields, { c2: '', a: '2 q', z: '\u{1d11e}' })
  const json = { headers: { 'Content-Type': 'application/json' }, body: '{"a":"b&c=d"}' }
  assert.equal((await personOf(slot.send, client, token, { ...request, ...json })).id, 'id-of-ada')
})

test('what is changed after it was signed is refused by the provider', async () => {
  const client = clientOf()
  const token = await walk(client, slot.send)
  const url = `${provider.origin}/user?a=1`
  const request = signRequest(client, token, { method: 'GET', url, headers: {} }, timestampAndNonce())
  assert.equal((await slot.send({ ...request, url: url.replace('a=1', 'a=2') })).status, 401)
  assert.equal((await slot.send(request)).status, 200)
  assert.equal((await slot.send(request)).status, 401, 'one nonce for two requests')
})

test('O1-04 a person who says no at the provider comes back with a denial', async () => {
  const client = clientOf({ authorizeParams: [['deny', '1']] })
  const temporary = await requestTemporaryCredentials(slot.send, client, CALLBACK, timestampAndNonce())
  const back = await visit(authorizationUrl(client, temporary))
  assert.equal(readCallbackToken(back), temporary.token)
  assert.throws(() => readOAuth1Callback(back, temporary.token), { code: 'provider_denied' })
})

test('temporary credentials and a verifier are worth nothing the second time', async () => {
  const client = clientOf()
  const temporary = await requestTemporaryCredentials(slot.send, client, CALLBACK, timestampAndNonce())
  const verifier = readOAuth1Callback(await visit(authorizationUrl(client, temporary)), temporary.token)
  await exchangeVerifier(slot.send, client, temporary, verifier, timestampAndNonce())
  const again = exchangeVerifier(slot.send, client, temporary, verifier, timestampAndNonce())
  await assert.rejects(again, { code: 'provider_error', message: /token_rejected/ })
})

test('O1-07 a clock that is wrong is told as such, with the time that the provider accepts', async () => {
  const late = { ...timestampAndNonce(), now: Date.now() - 3_600_000 }
  await assert.rejects(requestTemporaryCredentials(slot.send, clientOf(), CALLBACK, late), {
    code: 'provider_error',
    status: 401,
    message: /clock.*\d+ to \d+.*timestamp_refused/,
  })
  assert.equal(provider.calls('/oauth/request_token'), 1, 'it is not tried again')
})

test('wrong secrets are refused by the provider, and told as a wrong signature', async () => {
  for (const [changes, message] of [
    [{ clientSecret: 'another-secret' }, /client secret.*signature_invalid/],
    [{ clientId: 'somebody else' }, /client id.*consumer_key_rejected/],
    [{ signatureMethod: 'RSA-SHA1', privateKey: undefined, clientSecret: 'x' }, /needs a private key/],
  ] as const) {
    await assert.rejects(requestTemporaryCredentials(slot.send, clientOf(changes), CALLBACK, timestampAndNonce()), {
      message,
    })
  }
})

test('O1-22 a redirect is not followed with a signature, and the operator is told which URL to use', async () => {
  provider.on('/oauth/request_token', (_request, response) => response.redirect(301, 'https://elsewhere.example/'))
  await assert.rejects(requestTemporaryCredentials(slot.send, clientOf(), CALLBACK, timestampAndNonce()), {
    code: 'provider_malformed',
    message: /redirect \(301\).*https URL/,
  })
})
