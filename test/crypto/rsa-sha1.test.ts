import assert from 'node:assert/strict'
import { generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import { hmacBase64 } from '../../src/crypto/digest.js'
import { readRsaPrivateKey, signRsaSha1 } from '../../src/crypto/rsa-sha1.js'

const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits })
const { privateKey, publicKey } = rsa(2048)
const pemOf = (key: typeof privateKey, type: 'pkcs8' | 'pkcs1' = 'pkcs8') =>
  key.export({ type, format: 'pem' }).toString()

test('HMAC in base64 is that of RFC 2202 and RFC 4231, test case 2', () => {
  const inBase64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
  const text = 'what do ya want for nothing?'
  assert.equal(hmacBase64('sha1', 'Jefe', text), inBase64('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'))
  const longer = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  assert.equal(hmacBase64('sha256', 'Jefe', text), inBase64(longer))
})

test('an RSA-SHA1 signature verifies with the public key, for this text and no other', () => {
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    const signature = Buffer.from(signRsaSha1(readRsaPrivateKey(pemOf(privateKey, type)), 'a ☃'), 'base64')
    assert.ok(verify('sha1', Buffer.from('a ☃'), publicKey, signature))
    assert.ok(!verify('sha1', Buffer.from('a'), publicKey, signature))
    assert.ok(!verify('sha1', Buffer.from('a ☃'), rsa(2048).publicKey, signature))
  }
})

test('O1-20 a private key that cannot sign RSA-SHA1 is refused when it is read, without a word of it', () => {
  const pem = pemOf(privateKey)
  const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
  for (const [text, message] of [
    ['', /cannot be read/],
    ['sesame', /cannot be read/],
    [pem.slice(0, 300), /cannot be read/],
    [publicKey.export({ type: 'spki', format: 'pem' }).toString(), /cannot be read/],
    [locked, /passphrase/],
    [pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), /no RSA key/],
    [pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey), /no RSA key/],
    [pemOf(rsa(768).privateKey), /768 bits/],
  ] as const) {
    assert.throws(
      () => readRsaPrivateKey(text),
      (error: Error) =>
        message.test(error.message) && !error.message.includes(text.slice(30, 60) || 'BEGIN') && !error.cause,
      String(message),
    )
  }
})
