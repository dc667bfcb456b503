import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { before, test } from 'node:test'
import { jwksRequest, keysFor, readJwks } from '../../src/oauth/jwks.js'
import { aResponse } from './samples.js'
import { jwksOf, newSigner, type Signer } from './signers.js'

let rs256: Signer
let es256: Signer
let eddsa: Signer
before(async () => {
  rs256 = await newSigner('RS256', 'r')
  es256 = await newSigner('ES256', 'e')
  eddsa = await newSigner('EdDSA', 'o')
})

const header = (alg: 'RS256' | 'PS256' | 'ES256' | 'ES384' | 'EdDSA', kid?: string) => ({ alg, kid, typ: undefined })
const kids = (keys: readonly { kid: string | undefined }[] | undefined) => keys?.map(({ kid }) => kid)
const unnamed = ({ jwk }: Signer) => ({ ...jwk, kid: undefined })

test('keys are asked for as JSON, and without any proof of who we are', () => {
  assert.deepEqual(jwksRequest('https://op.example/jwks/abcdefghij'), {
    method: 'GET',
    url: 'https://op.example/jwks/abcdefghij',
    headers: { Accept: 'application/json, application/jwk-set+json' },
  })
  assert.ok(readJwks(aResponse({ keys: [es256.jwk] }, { mediaType: 'application/jwk-set+json' })))
})

test('JK-03 what is not a set of keys is refused, whatever its status says', () => {
  for (const body of ['', '<html>', '[]', 'null', '{}', '{"keys":{}}', '{"keys":null}', '{"keys":"a"}', '{"keys":[']) {
    assert.throws(() => readJwks(aResponse(body)), { code: 'provider_malformed' }, body)
  }
  for (const status of [404, 429, 500, 503]) {
    assert.throws(() => readJwks(aResponse({ keys: [es256.jwk] }, { status })), { code: 'provider_error', status })
  }
  assert.throws(() => readJwks(aResponse({ keys: [es256.jwk] }, { status: 302 })), { code: 'provider_malformed' })
  // Refused until B-17: the keys are what they are, whatever the server calls them.
  for (const mediaType of ['text/plain', 'text/html', '']) {
    assert.ok(readJwks(aResponse({ keys: [es256.jwk] }, { mediaType })))
  }
})

test('JK-03 ten thousand keys are refused before one of them is looked at', () => {
  const keys = Array.from({ length: 10_000 }, () => es256.jwk)
  assert.throws(() => readJwks(aResponse({ keys })), { code: 'provider_malformed', message: /10000 keys/ })
  assert.throws(() => jwksOf(...keys.slice(0, 301)), { message: /301 keys/ })
  assert.equal(jwksOf(...keys.slice(0, 300)).keys.length, 300)
})

test('keys that are of no use are left out, and a set of nothing else is refused', () => {
  const jwkOf = (type: 'ed448' | 'x25519') => generateKeyPairSync(type as 'ed448').publicKey.export({ format: 'jwk' })
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' })
  const useless = [
    ...[null, 1, 'a', [], {}, { kty: 'oct', k: 'c2VjcmV0' }, jwkOf('ed448'), jwkOf('x25519'), weak, secp256k1],
    ...[
      { ...rs256.jwk, use: 'enc', alg: 'RSA-OAEP' },
      { ...es256.jwk, kid: 1 },
      { ...es256.jwk, kid: null },
    ],
  ]
  assert.deepEqual(kids(readJwks(aResponse({ keys: [...useless, rs256.jwk, eddsa.jwk] })).keys), ['r', 'o'])
  assert.throws(() => readJwks(aResponse({ keys: useless })), { code: 'provider_malformed', message: /none of which/ })
  assert.throws(() => readJwks(aResponse({ keys: [] })), { code: 'provider_malformed' })
})

test('a key is chosen by its name and by what it is good for', () => {
  const jwks = jwksOf(rs256.jwk, es256.jwk, eddsa.jwk)
  assert.deepEqual(kids(keysFor(jwks, header('ES256', 'e'))), ['e'])
  assert.deepEqual(kids(keysFor(jwks, header('RS256', 'r'))), ['r'])
  assert.deepEqual(kids(keysFor(jwks, header('RS256', 'e'))), [])
  assert.deepEqual(kids(keysFor(jwks, header('PS256', 'r'))), [], 'the key says RS256')
})

test('JK-01 a name that no key has can be told from a key that does not fit', () => {
  const jwks = jwksOf(rs256.jwk, unnamed(es256))
  for (const kid of ['', 'R', 'r ', 'undefined', '__proto__']) {
    assert.equal(keysFor(jwks, header('RS256', kid)), undefined, kid)
  }
  assert.equal(keysFor(jwks, header('ES256', 'e')), undefined)
  assert.equal(keysFor(jwks, header('EdDSA')), undefined, 'no key of that type at all')
})

test('JK-05 of two keys with one name both may be tried, and each for its own algorithm', () => {
  const sameKid = jwksOf({ ...es256.jwk, kid: 'k' }, { ...rs256.jwk, kid: 'k' }, { ...es256.jwk, kid: 'k' })
  assert.equal(keysFor(sameKid, header('ES256', 'k'))?.length, 2)
  assert.equal(keysFor(sameKid, header('RS256', 'k'))?.length, 1)
})

test('oidcc-client-test-kid-absent-single-jwks: without a kid the one key that fits is taken', () => {
  const jwks = jwksOf(unnamed(rs256), es256.jwk)
  assert.deepEqual(kids(keysFor(jwks, header('RS256'))), [undefined])
  assert.deepEqual(kids(keysFor(jwks, header('ES256'))), ['e'])
})

test('oidcc-client-test-kid-absent-multiple-jwks: without a kid ten keys of the right type are tried, and no more', () => {
  const some = Array.from({ length: 30 }, (_, at) => unnamed(at % 2 ? rs256 : es256))
  assert.equal(keysFor(jwksOf(...some), header('RS256'))?.length, 10)
  assert.equal(keysFor(jwksOf(...some.slice(0, 6)), header('RS256'))?.length, 3)
})
