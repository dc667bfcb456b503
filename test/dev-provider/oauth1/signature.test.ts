import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSignatureCheck, type NameAndValue, signatureBase } from '../../../src/dev-provider/oauth1/signature.js'

const OAUTH: readonly NameAndValue[] = [
  ['oauth_consumer_key', '9djdj82h48djs9d2'],
  ['oauth_token', 'kkk9d7dh3k39sjv7'],
  ['oauth_signature_method', 'HMAC-SHA1'],
  ['oauth_timestamp', '137131201'],
  ['oauth_nonce', '7d8f3e4a'],
]

/** RFC 5849, 3.4.1.1. */
const EXAMPLE = signatureBase({
  method: 'post',
  url: 'http://EXAMPLE.com:80/request?b5=%3D%253D',
  pairs: [['b5', '=%3D'], ['a3', 'a'], ['c@', ''], ['a2', 'r b'], ...OAUTH, ['c2', ''], ['a3', '2 q']],
})

test('the base string is the one of RFC 5849', () => {
  const oauth =
    'oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1' +
    '%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7'
  const parameters = 'a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D'
  assert.equal(EXAMPLE, `POST&http%3A%2F%2Fexample.com%2Frequest&${parameters}%26${oauth}`)
})

test('its signature is the one of erratum 2550', () => {
  const client = { clientSecret: 'j49sk3j29djd', publicKey: undefined }
  const check = findSignatureCheck('HMAC-SHA1', client)
  const secrets = { ...client, tokenSecret: 'dh893hdasih9' }
  assert.equal(check?.(EXAMPLE, 'r6/TJjbCOr97/+UU0NsvSne7s5g=', secrets), true)
  assert.equal(check?.(EXAMPLE, 'bYT5CMsGcbgUdFHObYMEfcx6bsw=', secrets), false)
  assert.equal(findSignatureCheck('PLAINTEXT', client), undefined)
})

test('parameters are sorted by the bytes of their encoding, by name and then by value', () => {
  const names = ['~', 'a1', 'a', '_', 'A', 'ä', 'aa']
  const pairs = names
    .map((name): NameAndValue => [name, ''])
    .concat([
      ['a', 'z'],
      ['a', 'B'],
    ])
  const base = signatureBase({ method: 'GET', url: 'http://a.example/', pairs })
  const sorted = decodeURIComponent(base.split('&')[2] ?? '').split('&')
  assert.deepEqual(sorted, ['%C3%A4=', 'A=', '_=', 'a=', 'a=B', 'a=z', 'a1=', 'aa=', '~='])
})
