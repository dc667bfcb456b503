import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import OAuth from 'oauth-1.0a'
import { randomId } from '../../../src/crypto/random.js'
import type { SignatureMethod } from '../../../src/http/protocol-options.js'
import type { HttpRequest } from '../../../src/http/types.js'
import { signatureOf, signRequest } from '../../../src/oauth/oauth1/sign.js'
import { anOAuth1Client, aTimestampAndNonce, headerParams, rsaKeys } from './samples.js'
import {
  OAUTHLIB_SECRETS,
  RSA_PUBLIC_KEY,
  RSA_SHA1,
  RSA_SHA1_SIGNATURE,
  RSA_SHA256,
  RSA_SHA256_SIGNATURE,
  SIGNATURES,
  vectorBaseString,
  WORKED_EXAMPLE,
  X_1_1,
  X_SECRETS,
} from './vectors.js'

const sign = (signatureMethod: SignatureMethod, clientSecret: string, tokenSecret: string | undefined, text: string) =>
  signatureOf(anOAuth1Client({ signatureMethod, clientSecret }), tokenSecret, text)

const get: HttpRequest = { method: 'GET', url: 'https://api.provider.example/user', headers: { Accept: 'a/b' } }
const credentials = { token: 'the-token', tokenSecret: 'the-token-secret' }
const paramsOf = (request: HttpRequest) => headerParams(request.headers.Authorization)

for (const { method, consumerSecret, tokenSecret, baseString, signature } of SIGNATURES)
  test(`O1-15 the ${method} signature is the known one: ${signature}`, () => {
    assert.equal(sign(method, consumerSecret, tokenSecret, baseString), signature)
  })

test('our key and base string give the known HMAC-SHA512 signature too, a method that we do not offer', () => {
  const key = sign('PLAINTEXT', ...OAUTHLIB_SECRETS, '')
  const signature = createHmac('sha512', key).update(vectorBaseString(WORKED_EXAMPLE)).digest('base64')
  const known = 'u/vlyZFDxOWOZ9UUXwRBJHvq8/T4jCA74ocRmn2ECnjUBTAeJiZIRU8hDTjS88Tz1fGONffMpdZxUkUTW3k1kg=='
  assert.equal(signature, known)
})

test('the known RSA signatures are over our base strings, and ours verify as they do', () => {
  const publicKey = createPublicKey({ key: Buffer.from(RSA_PUBLIC_KEY, 'base64'), type: 'spki', format: 'der' })
  const isRight = (hash: string, text: string, signature: string, key = publicKey) =>
    verify(hash, Buffer.from(text), key, Buffer.from(signature, 'base64'))
  assert.ok(isRight('sha1', vectorBaseString(RSA_SHA1), RSA_SHA1_SIGNATURE))
  assert.ok(isRight('sha256', vectorBaseString(RSA_SHA256), RSA_SHA256_SIGNATURE))

  const client = anOAuth1Client({
    signatureMethod: 'RSA-SHA1',
    privateKey: rsaKeys.privateKey,
    clientSecret: undefined,
  })
  const signature = signatureOf(client, 'unused', RSA_SHA1.baseString)
  assert.ok(isRight('sha1', RSA_SHA1.baseString, signature, createPublicKey(rsaKeys.publicPem)))
  const { publicKey: another } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  for (const key of [publicKey, another]) assert.ok(!isRight('sha1', RSA_SHA1.baseString, signature, key))
  assert.ok(!isRight('sha1', RSA_SHA256.baseString, signature, createPublicKey(rsaKeys.publicPem)))
})

test('another secret, a missing token secret or another text make another signature', () => {
  const texts: [string, string | undefined, string][] = [
    ['cs', 'ts', 'bs'],
    ['ct', 'ts', 'bs'],
    ['cs', 'tt', 'bs'],
    ['cs', undefined, 'bs'],
    ['cst', 's', 'bs'],
    ['cs', 'ts', 'bt'],
  ]
  for (const method of ['HMAC-SHA1', 'HMAC-SHA256'] as const) {
    assert.equal(new Set(texts.map(given => sign(method, ...given))).size, texts.length)
  }
})

test('a whole request of the manual of X is signed as it stands there', () => {
  const [clientSecret, tokenSecret] = X_SECRETS
  const given = Object.fromEntries(X_1_1.params)
  const { oauth_consumer_key: clientId = '', oauth_token: token = '', oauth_nonce: nonce = '' } = given
  const body = X_1_1.form ?? ''
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const request: HttpRequest = { method: 'POST', url: X_1_1.url, headers, body }
  const timestampAndNonce = { now: 1_318_622_958_999, nonce }
  const signed = signRequest(
    anOAuth1Client({ clientId, clientSecret }),
    { token, tokenSecret },
    request,
    timestampAndNonce,
  )
  assert.deepEqual(paramsOf(signed), { ...given, oauth_signature: 'hCtSmYh+iHYCEqBWrE7C7hYmtUk=' })
  assert.match(signed.headers.Authorization ?? '', /^OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_token=/)
  const { Authorization: _, ...others } = signed.headers
  assert.deepEqual({ ...signed, headers: others }, request)
})

test('without credentials there is no oauth_token, and what the step needs rides in the header', () => {
  const request = signRequest(anOAuth1Client(), undefined, get, aTimestampAndNonce, [
    ['oauth_callback', 'https://app.example/cb'],
  ])
  const { oauth_signature: signature, ...params } = paramsOf(request)
  assert.deepEqual(params, {
    oauth_consumer_key: 'the-consumer',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: '1318622958',
    oauth_nonce: 'a-nonce',
    oauth_version: '1.0',
    oauth_callback: 'https://app.example/cb',
  })
  assert.match(signature ?? '', /^[\w+/]{27}=$/)
})

test('O1-08 ten thousand requests within one second are all different', () => {
  const client = anOAuth1Client()
  const sign = () => paramsOf(signRequest(client, credentials, get, { now: aTimestampAndNonce.now, nonce: randomId() }))
  const all = Array.from({ length: 10_000 }, sign)
  assert.equal(new Set(all.map(({ oauth_timestamp }) => oauth_timestamp)).size, 1)
  assert.equal(new Set(all.map(({ oauth_nonce }) => oauth_nonce)).size, all.length)
  assert.equal(new Set(all.map(({ oauth_signature }) => oauth_signature)).size, all.length)
})

test('O1-15 secrets beyond letters are encoded, each by itself, before they are joined', () => {
  for (const [secret, encoded] of [
    ['a&b', 'a%26b'],
    ['a%b', 'a%25b'],
    ['a=b', 'a%3Db'],
    ['ä☃', '%C3%A4%E2%98%83'],
  ] as const) {
    assert.equal(sign('PLAINTEXT', secret, secret, ''), `${encoded}&${encoded}`)
    assert.equal(sign('PLAINTEXT', secret, undefined, ''), `${encoded}&`)
  }
})

test('O1-17 neither a quote nor a comma gets out of its value in the header', () => {
  const evil = 'a", oauth_token="evil'
  const client = anOAuth1Client({ clientId: evil })
  const { headers } = signRequest(client, { token: evil, tokenSecret: 'x' }, get, {
    ...aTimestampAndNonce,
    nonce: evil,
  })
  const { oauth_consumer_key, oauth_token, oauth_nonce } = headerParams(headers.Authorization)
  assert.deepEqual([oauth_consumer_key, oauth_token, oauth_nonce], [evil, evil, evil])
  assert.match(headers.Authorization ?? '', /^OAuth (?:\w+="[\w.~%-]*"(?:, |$)){7}$/)
})

test('O1-19 PLAINTEXT is not sent over http', () => {
  const client = anOAuth1Client({ signatureMethod: 'PLAINTEXT' })
  const send = (url: string) => signRequest(client, credentials, { ...get, url }, aTimestampAndNonce)
  for (const url of [
    'http://provider.example/',
    'HTTP://provider.example/',
    'http://localhost:3001/',
    'httpss://p.example/',
  ])
    assert.throws(
      () => send(url),
      (error: Error) => !error.message.includes('secret"') && /https/.test(error.message),
      url,
    )
  assert.equal(paramsOf(send('HTTPS://provider.example/')).oauth_signature, 'the-consumer-secret&the-token-secret')
})

test('O1-20 a client without what its method signs with is a fault of the configuration', () => {
  const signWith = (changes: Parameters<typeof anOAuth1Client>[0]) =>
    signRequest(anOAuth1Client({ clientSecret: undefined, ...changes }), credentials, get, aTimestampAndNonce)
  assert.throws(() => signWith({ signatureMethod: 'RSA-SHA1' }), /RSA-SHA1 needs a private key/)
  for (const signatureMethod of ['HMAC-SHA1', 'HMAC-SHA256', 'PLAINTEXT'] as const)
    assert.throws(() => signWith({ signatureMethod }), /needs a client secret/)
})

for (const [signatureMethod, hash] of [
  ['HMAC-SHA1', 'sha1'],
  ['HMAC-SHA256', 'sha256'],
] as const)
  test(`the package oauth-1.0a makes our signature and we make its own, with ${signatureMethod}`, () => {
    const consumer = { key: 'the consumer & co', secret: 'ä&=%' }
    const theirs = new OAuth({
      ...{ consumer, signature_method: signatureMethod },
      hash_function: (text, key) => createHmac(hash, key).update(text).digest('base64'),
    })
    const token = { key: 't+/=☃', secret: 's&%' }
    const client = anOAuth1Client({ clientId: consumer.key, clientSecret: consumer.secret, signatureMethod })
    const url = 'https://provider.example:8443/a%20b/c'
    const data = { 'a b': "it's (fine)*!", é: '☃ +&=', '': '' }
    const body = new URLSearchParams(data).toString()
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }

    const made = theirs.authorize({ url, method: 'POST', data: { ...data } }, token)
    const timestampAndNonce = { now: made.oauth_timestamp * 1000, nonce: made.oauth_nonce }
    const ours = signRequest(
      client,
      { token: token.key, tokenSecret: token.secret },
      { method: 'POST', url, headers, body },
      timestampAndNonce,
    )
    assert.deepEqual(paramsOf(ours), headerParams(theirs.toHeader(made).Authorization))
  })
