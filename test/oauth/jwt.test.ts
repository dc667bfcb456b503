import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { before, test } from 'node:test'
import { jwtVerify } from 'jose'
import { importPrivateKey } from '../../src/crypto/signature.js'
import { readJwt, signJwt } from '../../src/oauth/jwt.js'
import { ALGS, base64url, claims, newSigner, type Signer } from './signers.js'

let es256: Signer
before(async () => {
  es256 = await newSigner('ES256')
})

const refused = (text: string, message: RegExp, why = text.slice(0, 80)) =>
  assert.throws(() => readJwt(text), { name: 'ProtocolError', code: 'id_token_invalid', message }, why)
const withHeader = (header: unknown) => es256.signRaw(header, claims())
const withPayload = (payload: unknown) => es256.signRaw({ alg: 'ES256' }, payload)
const good = () => withPayload({ sub: 'ada' })

test('a JWT is its header, its claims and the bytes that were signed', () => {
  const text = es256.signRaw({ alg: 'ES256', kid: 'k', typ: 'JWT', more: 1 }, { sub: 'ada', aud: ['a', 'b'] })
  const jwt = readJwt(text)
  assert.deepEqual(jwt.header, { alg: 'ES256', kid: 'k', typ: 'JWT' })
  assert.deepEqual(jwt.claims, { sub: 'ada', aud: ['a', 'b'] })
  assert.equal(Buffer.from(jwt.signedBytes).toString(), text.slice(0, text.lastIndexOf('.')))
  assert.equal(jwt.signature.length, 64)
})

test('JW-01 without one of the asymmetric algorithms it is not read, however that is spelt', () => {
  const others = ['none', 'None', 'nOnE', '', 'HS256', 'HS384', 'HS512', 'es256', 'ES256 ', 'ES256K', 'dir', 'toString']
  for (const alg of [...others, undefined, null, 1, [], ['ES256'], { ES256: 1 }]) {
    refused(withHeader({ alg }), /: let the provider sign with RS256 or ES256 for this client$/, JSON.stringify(alg))
  }
  const unsigned = `${base64url({ alg: 'none' })}.${base64url(claims())}.`
  refused(unsigned, /signature|not signed/)
})

test('P5 an algorithm that is not taken is named, with what to do, and a text that is no algorithm is not', () => {
  const named: [alg: unknown, words: string][] = [
    ['HS256', 'is signed with HS256, whose key would be the client secret'],
    ['HS384', 'is signed with HS384, whose key would be the client secret'],
    ['HS512', 'is signed with HS512, whose key would be the client secret'],
    ['hs256', 'is signed with hs256, whose key would be the client secret'],
    ['none', 'is not signed (none)'],
    ['nOnE', 'is not signed (nOnE)'],
    ['ES256K', 'is signed with ES256K, which cannot be verified here'],
    ['rs256', 'is signed with rs256, which cannot be verified here'],
    ['ML-DSA-44', 'is signed with ML-DSA-44, which cannot be verified here'],
    ['a token that went astray', 'names no algorithm known here'],
    ['HS256\n', 'names no algorithm known here'],
    [['HS256'], 'names no algorithm known here'],
    [undefined, 'names no algorithm known here'],
  ]
  for (const [alg, words] of named) {
    const message = `The token ${words}: let the provider sign with RS256 or ES256 for this client`
    const expectedError = { code: 'id_token_invalid', message, hint: 'signing_algorithm' }
    assert.throws(() => readJwt(withHeader({ alg })), expectedError, String(alg))
  }
})

test('P11 an encrypted token is told as such, with what to do', () => {
  refused(`${'A'.repeat(8)}.a.b.c.d`, /as encrypted ones have: let the provider sign it only/)
})

test('JW-05 a kid is a text of bounded length, or absent', () => {
  for (const kid of ['../../etc/passwd', "' OR 1=1", 'a\u0000b', '', 'x'.repeat(512)]) {
    assert.equal(readJwt(withHeader({ alg: 'ES256', kid })).header.kid, kid)
  }
  for (const kid of [1, null, [], ['k'], {}, 'x'.repeat(513), 'x'.repeat(30_000)]) {
    refused(withHeader({ alg: 'ES256', kid }), /unusable kid/, JSON.stringify(kid))
  }
  refused(withHeader({ alg: 'ES256', kid: 'x'.repeat(1_000_000) }), /longer than/)
  for (const typ of [1, null, ['JWT'], {}]) refused(withHeader({ alg: 'ES256', typ }), /unusable typ/)
})

test('JW-06 an extension that must be understood is refused, an empty list and an unencoded payload too', () => {
  for (const more of [{ crit: ['x'] }, { crit: [] }, { crit: null }, { crit: ['b64'], b64: false }, { b64: false }]) {
    refused(withHeader({ alg: 'ES256', ...more }), /extension/, JSON.stringify(more))
  }
  refused(withHeader({ alg: 'ES256', b64: true }), /extension/)
})

test('JW-11 it has exactly three parts, none of them empty', () => {
  const [header = '', payload = '', signature = ''] = good().split('.')
  for (const text of [
    ...['', '.', '..', '...', header, `${header}.${payload}`, `${header}..${signature}`, `.${payload}.${signature}`],
    ...[`${header}.${payload}.`, `${good()}.`, `.${good()}`, `${good()}.a`, `${good()}\n`, ` ${good()}`, `${good()}=`],
    ...[`${header}.${payload}.${signature}.a.b`, `${header}.\n${payload}.${signature}`, '.'.repeat(60_000)],
  ]) {
    refused(text, /parts|base64url|has no|not a JSON object|is empty/)
  }
})

test('JW-14 an encrypted token is refused before anything of it is decoded or inflated', () => {
  const header = base64url({ alg: 'RSA1_5', enc: 'A128CBC-HS256', zip: 'DEF' })
  refused(`${header}.${'A'.repeat(342)}.${'A'.repeat(22)}.${'A'.repeat(40_000)}.${'A'.repeat(22)}`, /three parts/)
})

test('each part has one spelling', () => {
  const text = good()
  const [header = '', payload = '', signature = ''] = text.split('.')
  const loose = (part: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return part.slice(0, -1) + alphabet[alphabet.indexOf(part.slice(-1)) + 1]
  }
  // 64 bytes leave four loose bits in the last of 86 characters.
  assert.deepEqual(Buffer.from(loose(signature), 'base64url'), Buffer.from(signature, 'base64url'))
  for (const other of [
    `${header}.${payload}.${loose(signature)}`,
    `${header}.${payload}.${signature}==`,
    `${header}.${payload}.${signature.slice(0, 5)}\n${signature.slice(5)}`,
    `${header}.${payload}.${signature.slice(0, 5)}*${signature.slice(5)}`,
    `${header} .${payload}.${signature}`,
    `${header}.${payload.slice(0, 4)}+/${payload.slice(6)}.${signature}`,
  ]) {
    refused(other, /base64url/)
  }
})

test('header and payload are JSON objects in UTF-8', () => {
  for (const text of ['', 'null', '[]', '1', '"a"', '{', '{}x', '\ufeff{}', "{'a':1}", '{"exp":NaN}', '{"exp":01}']) {
    refused(withPayload(text), /payload/, `payload ${text}`)
    refused(withHeader(text), /header/, `header ${text}`)
  }
  const [header = '', , signature = ''] = good().split('.')
  const cut = Buffer.concat([Buffer.from('{"sub":"'), Buffer.from([0xc3]), Buffer.from('"}')]).toString('base64url')
  refused(`${header}.${cut}.${signature}`, /UTF-8/)
})

test('a member that is named twice is refused, at any depth and however it is escaped', () => {
  for (const payload of [
    '{"sub":"ada","sub":"bob"}',
    '{"sub":"ada","s\\u0075b":"bob"}',
    '{"a":{"b":1,"b":1}}',
    '{"a":[{"b":[],"b":{}}]}',
    '{"__proto__":1,"__proto__":2}',
  ]) {
    refused(withPayload(payload), /twice/, payload)
  }
  refused(withHeader('{"alg":"none","alg":"ES256"}'), /twice/)
  for (const payload of ['{"a:b":":","c":"\\":\\"","d":{"a:b":[":"]}}', '{"a":{"b":1},"b":{"a":1}}', '{}']) {
    assert.deepEqual(readJwt(withPayload(payload)).claims, JSON.parse(payload))
  }
})

test('what is nested deeper than anybody needs is refused, and a member named __proto__ changes no prototype', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
  assert.ok(readJwt(withPayload(nested(31))))
  for (const levels of [32, 20_000]) refused(withPayload(nested(levels)), /too deep/, `${levels}`)
  const { header, claims: read } = readJwt(
    es256.signRaw('{"alg":"ES256","__proto__":{"kid":"k"}}', '{"__proto__":{"sub":"ada"}}'),
  )
  assert.equal(header.kid, undefined)
  assert.equal(read.sub, undefined)
})

test('no refusal quotes the token', () => {
  const secret = 'Zq9tokenZq9'
  const texts = [secret, `${secret}.${secret}.${secret}`, withPayload(`{"${secret}":`), withHeader({ alg: secret })]
  for (const text of [
    ...texts,
    withHeader({ alg: 'ES256', crit: [secret] }),
    withHeader({ alg: 'ES256', kid: [secret] }),
  ])
    assert.throws(
      () => readJwt(text),
      (error: Error) => !`${error.stack}${error.cause}`.includes(secret),
    )
})

test('a minted one is verified by jose, with every algorithm', async () => {
  for (const alg of ALGS) {
    const { pem } = await newSigner(alg)
    const key = importPrivateKey(pem)
    assert.ok(key)
    const minted = signJwt({ alg, key, kid: 'ABC123', claims: { iss: 'team', sub: 'żółw', aud: 'https://a.example' } })
    const { payload, protectedHeader } = await jwtVerify(minted, createPublicKey(pem))
    assert.deepEqual(payload, { iss: 'team', sub: 'żółw', aud: 'https://a.example' }, alg)
    assert.deepEqual(protectedHeader, { alg, kid: 'ABC123', typ: 'JWT' })
    assert.deepEqual(readJwt(minted).claims, payload)
  }
})

test('nothing is minted with a key of another algorithm', () => {
  const key = importPrivateKey(es256.pem)
  assert.ok(key)
  assert.throws(() => signJwt({ alg: 'RS256', key, kid: 'k', claims: {} }), /not one for RS256/)
})
