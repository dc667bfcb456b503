import assert from 'node:assert/strict'
import { sign as derSignature, generateKeyPairSync } from 'node:crypto'
import { before, test } from 'node:test'
import {
  importPrivateKey,
  importPublicKey,
  isSignatureAlg,
  type SignatureAlg,
  type SigningKey,
  sign,
  tokenHash,
  type VerificationKey,
  verify,
} from '../../src/crypto/signature.js'
import { ALGS, newSigner, type Signer } from '../oauth/signers.js'

const BYTES = Buffer.from('what was signed')
const signers = new Map<SignatureAlg, Signer>()
before(async () => {
  for (const alg of ALGS) signers.set(alg, await newSigner(alg))
})

function signerOf(alg: SignatureAlg): Signer {
  const signer = signers.get(alg)
  assert.ok(signer)
  return signer
}

function publicKeyOf(alg: SignatureAlg, changes: object = {}): VerificationKey {
  const key = importPublicKey({ ...signerOf(alg).jwk, ...changes })
  assert.ok(key)
  return key
}

function privateKeyOf(alg: SignatureAlg): SigningKey {
  const key = importPrivateKey(signerOf(alg).pem)
  assert.ok(key)
  return key
}

const fresh = (changes: object) => importPublicKey({ ...signerOf('RS256').jwk, ...changes })

test('each algorithm verifies what it signed, and neither other bytes nor another signature', () => {
  for (const alg of ALGS) {
    const key = publicKeyOf(alg)
    const signature = sign(alg, privateKeyOf(alg), BYTES)
    assert.equal(verify(alg, key, BYTES, signature), true, alg)
    assert.equal(verify(alg, key, Buffer.from('what was signeD'), signature), false, alg)
    for (let at = 0; at < signature.length; at += 13) {
      const bent = Buffer.from(signature)
      bent.writeUInt8(bent.readUInt8(at) ^ 1, at)
      assert.equal(verify(alg, key, BYTES, bent), false, `${alg} ${at}`)
    }
  }
})

test('a signature of another length, of none or in DER is none', () => {
  for (const alg of ALGS) {
    const signature = sign(alg, privateKeyOf(alg), BYTES)
    const others = [Buffer.alloc(0), signature.subarray(1), signature.subarray(0, -1)]
    for (const other of [...others, Buffer.concat([signature, Buffer.alloc(1)]), Buffer.alloc(signature.length)]) {
      assert.equal(verify(alg, publicKeyOf(alg), BYTES, other), false, `${alg} ${other.length}`)
    }
  }
  for (const alg of ['ES256', 'ES384', 'ES512'] as const) {
    const der = derSignature(`sha${alg.slice(2)}`, BYTES, privateKeyOf(alg).key)
    assert.equal(verify(alg, publicKeyOf(alg), BYTES, der), false, alg)
  }
})

test('JW-09 a key verifies by its own algorithm alone', () => {
  for (const alg of ALGS) {
    const signature = sign(alg, privateKeyOf(alg), BYTES)
    for (const other of ALGS) {
      const key = publicKeyOf(other, { alg: undefined })
      assert.equal(verify(alg, key, BYTES, signature), alg === other, `${alg} by the key of ${other}`)
    }
    for (const label of ALGS.filter(other => other !== alg)) {
      assert.equal(verify(label, publicKeyOf(alg), BYTES, signature), false, `${alg} as ${label}`)
    }
  }
})

test('a key without an algorithm is good for all of its type and curve', () => {
  const algsOf = (alg: SignatureAlg) => publicKeyOf(alg, { alg: undefined }).algs
  assert.deepEqual(algsOf('RS256'), ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])
  assert.deepEqual(algsOf('ES256'), ['ES256'])
  assert.deepEqual(algsOf('ES384'), ['ES384'])
  assert.deepEqual(algsOf('ES512'), ['ES512'])
  assert.deepEqual(algsOf('EdDSA'), ['EdDSA'])
  assert.deepEqual(publicKeyOf('PS384').algs, ['PS384'])
})

test('a key for another use or of another algorithm is not used', () => {
  for (const changes of [
    { use: 'enc' },
    { use: 1 },
    { use: null },
    { key_ops: ['encrypt'] },
    { key_ops: [] },
    { key_ops: 'verify' },
    { alg: 'ES256' },
    { alg: 'RSA-OAEP' },
    { alg: 'HS256' },
    { alg: 'rs256' },
    { alg: ['RS256'] },
    { alg: null },
  ]) {
    assert.equal(fresh(changes), undefined, JSON.stringify(changes))
  }
  assert.ok(fresh({ use: undefined, key_ops: ['sign', 'verify'] }))
})

test('what is not a sound public key is not used', () => {
  const { publicKey: weak } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const { publicKey: secp256k1 } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const { publicKey: ed448 } = generateKeyPairSync('ed448')
  const { publicKey: x25519 } = generateKeyPairSync('x25519')
  const ec = { ...signerOf('ES256').jwk }
  for (const key of [weak, secp256k1, ed448, x25519]) {
    assert.equal(importPublicKey({ ...key.export({ format: 'jwk' }) }), undefined)
  }
  for (const jwk of [{}, { kty: 'oct', k: 'AAAA' }, { kty: 'RSA' }, { kty: 'toString' }, { kty: 1 }]) {
    assert.equal(importPublicKey(jwk), undefined, JSON.stringify(jwk))
  }
  for (const e of ['AQ', 'AA', 'Ag', 'BA', '', 1, undefined, 'AQAAAAAB', 'A'.repeat(100_000)]) {
    assert.equal(fresh({ e }), undefined, `e ${e}`)
  }
  for (const n of ['', 'AQAB', 1, 'A'.repeat(200_000), 'f'.repeat(1_370), 'f'.repeat(1_500), '!']) {
    assert.equal(fresh({ n }), undefined, `n ${n}`)
  }
  assert.equal(importPublicKey({ ...ec, y: ec.x }), undefined, 'a point that is not on the curve')
  assert.equal(importPublicKey({ ...ec, crv: 'P-384' }), undefined, 'a point of another curve')
  assert.equal(importPublicKey({ ...signerOf('EdDSA').jwk, x: 'AAAA' }), undefined, 'a point of another length')
})

test('a private key that is published by mistake is read as its public half', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  assert.equal(importPublicKey({ ...privateKey.export({ format: 'jwk' }) })?.key.type, 'public')
})

test('a PEM text is a private key to sign with, or nothing', () => {
  const { privateKey: weak } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const { privateKey: x25519 } = generateKeyPairSync('x25519')
  for (const key of [weak, x25519]) {
    assert.equal(importPrivateKey(key.export({ format: 'pem', type: 'pkcs8' }).toString()), undefined)
  }
  const { pem } = signerOf('ES256')
  for (const text of ['', 'x', pem.slice(0, 60), pem.replaceAll('PRIVATE', 'PUBLIC')]) {
    assert.equal(importPrivateKey(text), undefined)
  }
  assert.throws(() => sign('RS256', privateKeyOf('ES256'), BYTES), /not one for RS256/)
})

test('JW-01 no algorithm is spelt otherwise, and none is without a key pair', () => {
  for (const alg of ALGS) assert.ok(isSignatureAlg(alg))
  for (const other of ['none', 'HS256', 'es256', ' ES256', 'ES256K', 'toString', '__proto__', '', null, ['ES256']]) {
    assert.equal(isSignatureAlg(other), false, String(other))
  }
})

test('at_hash is the left half of the hash that the algorithm uses: OpenID Connect Core, A.3, and SHA-512 for Ed25519', () => {
  const token = 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y'
  for (const alg of ['RS256', 'PS256', 'ES256'] as const) assert.equal(tokenHash(alg, token), '77QmUPtjPfzWtF2AnpK9RQ')
  for (const [alg, bytes] of [
    ['ES384', 24],
    ['RS512', 32],
    ['EdDSA', 32],
  ] as const) {
    assert.equal(Buffer.from(tokenHash(alg, token), 'base64url').length, bytes, alg)
  }
  assert.equal(tokenHash('EdDSA', token), tokenHash('ES512', token))
})
