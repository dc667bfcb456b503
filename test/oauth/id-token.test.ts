import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { before, test } from 'node:test'
import { exportJWK } from 'jose'
import { tokenHash } from '../../src/crypto/signature.js'
import { verifyIdToken } from '../../src/oauth/id-token.js'
import { UnknownKey } from '../../src/oauth/signed-token.js'
import {
  ALGS,
  base64url,
  CLIENT_ID,
  checkerOf,
  claims,
  expected,
  ISSUER,
  jwksOf,
  newSigner,
  type Signer,
} from './signers.js'

let rs256: Signer
let es256: Signer
let check: ReturnType<typeof checkerOf>
before(async () => {
  rs256 = await newSigner('RS256', 'r')
  es256 = await newSigner('ES256', 'e')
  check = checkerOf(es256)
})

type ExpectedClaims = Parameters<typeof check>[1]

/** The signature is good, so that nothing but what the test is about can be the reason. */
function refused(message: RegExp, changes: object, wanted: ExpectedClaims = {}, header: object = {}): void {
  const expectedError = { name: 'ProtocolError', code: 'id_token_invalid', message }
  assert.throws(() => check(changes, wanted, header), expectedError, JSON.stringify([changes, wanted, header]))
}

test('oidcc-client-test: a good ID token of every algorithm, signed by jose, is taken', async () => {
  for (const alg of ALGS) {
    const signer = await newSigner(alg)
    const jwks = jwksOf(rs256.jwk, es256.jwk, signer.jwk)
    const at_hash = tokenHash(alg, 'gho_sesame')
    const token = await signer.sign(claims({ at_hash, azp: CLIENT_ID, name: 'Ada' }))
    const { issuer, subject, claims: read } = verifyIdToken(token, jwks, expected({ algs: [alg] }))
    assert.deepEqual([issuer, subject, read.name], [ISSUER, '583231', 'Ada'], alg)
  }
})

test('JW-01 oidcc-client-test-idtoken-sig-none: an unsigned token is refused, however its algorithm is spelt', () => {
  for (const alg of ['none', 'None', 'nOnE', '', undefined, ['none']]) {
    for (const signature of ['', 'AA', es256.signRaw({ alg: 'ES256' }, claims()).split('.')[2]]) {
      const token = `${base64url({ alg })}.${base64url(claims())}.${signature}`
      assert.throws(() => verifyIdToken(token, jwksOf(es256.jwk), expected()), { code: 'id_token_invalid' })
    }
  }
})

test('JW-01 JW-02 JW-03 neither no algorithm nor a shared one opens anything, with whatever for a secret', () => {
  const { jwk } = rs256
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' })
  for (const secret of [pem, pem.toString().trim(), JSON.stringify(jwk), 'the-secret', '', jwk.n ?? '']) {
    for (const [alg, hash] of [
      ['HS256', 'sha256'],
      ['HS512', 'sha512'],
      ['RS256', 'sha256'],
    ] as const) {
      const signed = `${base64url({ alg, kid: 'r' })}.${base64url(claims())}`
      const token = `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
      const lax = expected({ algs: ['RS256', 'HS256', 'HS512', 'none'] as never })
      assert.throws(() => verifyIdToken(token, jwksOf(jwk), lax), { code: 'id_token_invalid' }, alg)
    }
  }
})

test('JW-04 a key that the token brings along is not even read', async () => {
  const thief = await newSigner('ES256', 'e')
  const key = await exportJWK(createPublicKey({ key: thief.jwk, format: 'jwk' }))
  const gifts = [
    { jwk: key },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/cert' },
    { x5c: ['MIIB'] },
  ]
  for (const gift of gifts) {
    const token = thief.signRaw({ alg: 'ES256', kid: 'e', ...gift }, claims())
    assert.throws(() => verifyIdToken(token, jwksOf(es256.jwk), expected()), { message: /signature/ })
    assert.equal(check({}, {}, gift).subject, '583231')
  }
})

test('JW-05 a kid is compared and nothing else, and an unknown one says so', () => {
  for (const kid of ['../../etc/passwd', "' OR 1=1", 'a\u0000b', '', 'E', '__proto__']) {
    assert.throws(() => check({}, {}, { kid }), UnknownKey, kid)
  }
  for (const kid of [1, null, ['e'], 'x'.repeat(600)]) refused(/unusable kid/, {}, {}, { kid })
})

test('JW-06 an extension of JWS is refused, signature or not', () => {
  for (const more of [{ crit: ['x'], x: 1 }, { crit: [] }, { b64: false }]) refused(/extension/, {}, {}, more)
})

test('JK-01 oidcc-client-test-signing-key-rotation-just-before-signing: an unknown kid can be told from all other faults', () => {
  const token = rs256.signRaw({ alg: 'RS256', kid: 'r' }, claims())
  const unknown = (error: unknown) =>
    error instanceof UnknownKey && error.code === 'id_token_invalid' && error.name === 'ProtocolError'
  assert.throws(() => verifyIdToken(token, jwksOf(es256.jwk), expected()), unknown)
  assert.equal(verifyIdToken(token, jwksOf(es256.jwk, rs256.jwk), expected()).subject, '583231')
  assert.throws(
    () => check({ iss: 'https://other.example' }),
    (error: unknown) => !(error instanceof UnknownKey),
  )
})

test('without a kid a failing signature may mean a newer key, and with one it means forgery', async () => {
  const other = await newSigner('ES256', 'e')
  const checked = (header: object) => () =>
    verifyIdToken(other.signRaw(header, claims()), jwksOf(es256.jwk), expected())
  assert.throws(checked({ alg: 'ES256' }), UnknownKey)
  assert.throws(checked({ alg: 'ES256', kid: 'e' }), (error: Error) => !(error instanceof UnknownKey))
})

test('oidcc-client-test-kid-absent-single-jwks and -multiple-jwks: without a kid each key that fits is tried', async () => {
  const more = await Promise.all([newSigner('ES256'), newSigner('ES256'), newSigner('ES384')])
  const keys = [...more, rs256, es256].map(({ jwk }) => ({ ...jwk, kid: undefined }))
  for (const signer of [es256, rs256]) {
    const token = signer.signRaw({ alg: signer.alg }, claims())
    assert.equal(verifyIdToken(token, jwksOf({ ...signer.jwk, kid: undefined }), expected()).subject, '583231')
    assert.equal(verifyIdToken(token, jwksOf(...keys), expected()).subject, '583231')
  }
})

test('JK-05 of two keys with one kid the one that signed is found', async () => {
  const other = await newSigner('ES256', 'e')
  const token = es256.signRaw({ alg: 'ES256', kid: 'e' }, claims())
  assert.equal(verifyIdToken(token, jwksOf(other.jwk, es256.jwk), expected()).subject, '583231')
})

test('JK-07 a key of one provider verifies nothing of another, though it has the same kid', async () => {
  const other = await newSigner('ES256', 'e')
  const token = other.signRaw({ alg: 'ES256', kid: 'e' }, claims())
  assert.throws(() => verifyIdToken(token, jwksOf(es256.jwk), expected()), { message: /signature/ })
})

test('JW-09 invalid-alternate-alg: a good signature by an algorithm that was not agreed on is refused', async () => {
  const ps256 = await newSigner('PS256', 'p')
  for (const [signer, algs] of [
    [rs256, ['PS256', 'ES256']],
    [ps256, ['RS256']],
    [es256, ['RS256']],
    [es256, []],
  ] as const) {
    const token = signer.signRaw({ alg: signer.alg, kid: signer.kid }, claims())
    const message = new RegExp(`signed with ${signer.alg}, and`)
    assert.throws(() => verifyIdToken(token, jwksOf(signer.jwk), expected({ algs })), {
      code: 'id_token_invalid',
      message,
    })
  }
  const unpinned = jwksOf({ ...ps256.jwk, alg: undefined })
  assert.ok(verifyIdToken(ps256.signRaw({ alg: 'PS256', kid: 'p' }, claims()), unpinned, expected()))
  const relabelled = ps256.signRaw({ alg: 'RS256', kid: 'p' }, claims())
  assert.throws(() => verifyIdToken(relabelled, unpinned, expected()), { message: /signature/ })
})

test('oidcc-client-test-invalid-sig-rs256 and -invalid-sig-es256: every byte of the signature XOR 0x5A is refused', async () => {
  for (const alg of ALGS) {
    const signer = await newSigner(alg)
    const [header, payload, signature = ''] = (await signer.sign(claims())).split('.')
    const flipped = Buffer.from(signature, 'base64url').map(byte => byte ^ 0x5a)
    const token = `${header}.${payload}.${Buffer.from(flipped).toString('base64url')}`
    assert.throws(() => verifyIdToken(token, jwksOf(signer.jwk), expected()), { message: /signature/ }, alg)
  }
})

test('JW-24 what cannot be verified is refused: no key fits, another curve, bytes of another length', async () => {
  const es384 = await newSigner('ES384', 'e')
  const token = es256.signRaw({ alg: 'ES256', kid: 'e' }, claims())
  assert.throws(() => verifyIdToken(token, jwksOf(es384.jwk), expected()), { message: /signature/ })
  assert.throws(() => verifyIdToken(`${token}AAAA`, jwksOf(es256.jwk), expected()), { message: /signature/ })
  assert.throws(() => check({}, { issuer: () => undefined }), { code: 'id_token_invalid' })
  assert.throws(() => check({ iss: undefined }, { issuer: () => undefined }), { code: 'id_token_invalid' })
})

test('JW-22 tokens of other types are no ID tokens', () => {
  for (const typ of [
    ...['at+jwt', 'application/at+jwt', 'logout+jwt', 'secevent+jwt', 'token-introspection+jwt', 'userinfo+jwt'],
    ...['oauth-authz-req+jwt', 'dpop+jwt', '', 'JOSE', 'xJWT', 'JWT ', 'application/', 'text/jwt'],
  ]) {
    refused(/another type/, {}, {}, { typ })
  }
  for (const typ of ['JWT', 'jwt', 'application/jwt', undefined]) assert.ok(check({}, {}, { typ }))
})

test('JW-22 a logout token without a type of its own is known by its event', () => {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  refused(/logout token/, { events })
  refused(/logout token/, { events, nonce: undefined }, { nonce: undefined })
})
