import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { SignatureAlg } from '../../src/crypto/signature.js'
import { verifyIdToken } from '../../src/oauth/id-token.js'
import {
  type ExpectedLogoutToken,
  readLogoutToken,
  type VerifiedLogoutToken,
  verifyLogoutToken,
} from '../../src/oauth/logout-token.js'
import { UnknownKey } from '../../src/oauth/signed-token.js'
import {
  ALGS,
  base64url,
  CLIENT_ID,
  expected as expectedIdToken,
  ISSUER,
  claims as idTokenClaims,
  jwksOf,
  NOW,
  newSigner,
  type Signer,
} from './signers.js'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const SECONDS = Math.floor(NOW / 1000)
const NAME = 'oidcc-client-test-rp-backchannel-rpinitlogout'

let rs256: Signer
let es256: Signer
before(async () => {
  rs256 = await newSigner('RS256', 'r')
  es256 = await newSigner('ES256', 'e')
})

/** The claims of a good logout token; one that is changed to undefined is missing. */
const claims = (changes: object = {}) => ({
  ...{ iss: ISSUER, aud: CLIENT_ID, sub: '583231', sid: 'session-1', jti: 'b7e1e1a0', events: { [EVENT]: {} } },
  ...{ iat: SECONDS, exp: SECONDS + 120, ignored_claim: 'ignored' },
  ...changes,
})
const expected = (changes: Partial<ExpectedLogoutToken> = {}): ExpectedLogoutToken => ({
  ...{ issuer: ISSUER, clientId: CLIENT_ID, typeRequired: false, now: NOW },
  ...changes,
})
const signed = (changes: object, header: object = {}) =>
  es256.signRaw({ alg: 'ES256', kid: 'e', typ: 'logout+jwt', ...header }, claims(changes))
const verified = (token: string, algs: readonly SignatureAlg[] = ALGS): VerifiedLogoutToken =>
  verifyLogoutToken(readLogoutToken(token, expected()), jwksOf(rs256.jwk, es256.jwk), algs)

/** The signature is good, so that nothing but what the test is about can be the reason; and it is not even looked at. */
function refused(message: RegExp, changes: object, header: object = {}, wanted: Partial<ExpectedLogoutToken> = {}) {
  const expectedError = { name: 'ProtocolError', code: 'request_malformed', message }
  const read = () => readLogoutToken(signed(changes, header), expected(wanted))
  assert.throws(read, expectedError, JSON.stringify([changes, header]))
}

test(`${NAME}: a good logout token of every algorithm, signed by jose, is taken`, async () => {
  for (const alg of ALGS) {
    const signer = await newSigner(alg)
    const token = await signer.sign(claims(), { typ: 'logout+jwt' })
    const read = verifyLogoutToken(readLogoutToken(token, expected()), jwksOf(rs256.jwk, signer.jwk), [alg])
    const { issuer, subject, sid, id } = read
    assert.deepEqual([issuer, subject, sid, id], [ISSUER, '583231', 'session-1', 'b7e1e1a0'], alg)
  }
})

test(`${NAME}-alg-none: no algorithm opens nothing, and neither does a shared one`, () => {
  for (const alg of ['none', 'None', 'HS256', '', undefined, null]) {
    for (const signature of ['', 'AA']) {
      const token = `${base64url({ alg, typ: 'logout+jwt' })}.${base64url(claims())}.${signature}`
      assert.throws(() => verified(token), { code: 'request_malformed' }, String(alg))
    }
  }
})

test(`${NAME}-wrong-alg: a good signature by another algorithm than that of ID tokens is refused`, () => {
  const message = /signed with ES256, and RS256/
  assert.throws(() => verified(signed({}), ['RS256']), { code: 'request_malformed', message })
  const token = rs256.signRaw({ alg: 'RS256', kid: 'r', typ: 'logout+jwt' }, claims())
  assert.throws(() => verified(token, ['ES256']), { code: 'request_malformed', message: /signed with RS256/ })
  assert.ok(verified(token, ['RS256']))
})

test(`${NAME}-no-event: without the event it is about nothing`, () => {
  for (const events of [undefined, null, {}, [], EVENT, [EVENT], 1]) refused(/not about a logout/, { events })
})

test(`${NAME}-wrong-event: another event, or one that is no object, is no logout`, () => {
  const others = ['http://schemas.openid.net/event/foobar', `${EVENT}1`, EVENT.toUpperCase(), '__proto__']
  for (const name of others) refused(/not about a logout/, { events: { [name]: {} } })
  for (const value of [null, true, 'yes', 1, []]) refused(/not about a logout/, { events: { [EVENT]: value } })
  assert.ok(verified(signed({ events: { [EVENT]: {}, other: {} } })))
})

test(`${NAME}-with-nonce: a nonce is for ID tokens, whatever it is`, () => {
  for (const nonce of ['n-0S6_WzA2Mj', '', null, 0, false]) refused(/nonce/, { nonce })
})

test(`${NAME}-wrong-aud: it is for us, and for nobody else`, () => {
  const others = [`${CLIENT_ID}INVALID`, undefined, null, '', [], [`${CLIENT_ID}INVALID`], CLIENT_ID.toUpperCase()]
  for (const aud of others) refused(/audience/, { aud })
  refused(/for others too/, { aud: [CLIENT_ID, 'other'] })
  refused(/another client/, { azp: 'other' })
  assert.ok(verified(signed({ aud: [CLIENT_ID] })))
})

test(`${NAME}-wrong-iss: it comes from the issuer, to the letter`, () => {
  for (const iss of [`${ISSUER}INVALID`, `${ISSUER}/`, undefined, null, '', [ISSUER], { toString: 0 }])
    refused(/issuer/, { iss })
  refused(/issuer/, {}, {}, { issuer: () => undefined })
})

test('a logout token says when it was issued and when it is over, and neither is far off', () => {
  for (const time of [undefined, null, '1800000000', [SECONDS], -1, 1e300]) {
    refused(/unusable iat/, { iat: time })
    // A missing exp was refused until P2.
    if (time !== undefined) refused(/unusable exp/, { exp: time })
  }
  refused(/expired/, { exp: SECONDS - 30 })
  refused(/expired/, { exp: SECONDS - 360 })
  refused(/issued .* ago/, { iat: SECONDS - 86_401, exp: SECONDS + 60 })
  refused(/from now/, { iat: SECONDS + 60 })
  refused(/valid in/, { nbf: SECONDS + 60 })
  assert.ok(verified(signed({ iat: SECONDS - 60, exp: SECONDS - 20 })))
})

test('P2 a logout token without exp is over two minutes after its iat', () => {
  const bare = (changes: object = {}) => ({ exp: undefined, ...changes })
  assert.equal(verified(signed(bare())).expiresAt, (SECONDS + 120 + 30) * 1000)
  assert.ok(verified(signed(bare({ iat: SECONDS - 149 }))))
  for (const iat of [SECONDS - 150, SECONDS - 151, SECONDS - 86_000]) refused(/expired/, bare({ iat }))
  refused(/issued .* ago/, bare({ iat: SECONDS - 86_401, exp: SECONDS + 60 }))
  refused(/from now/, bare({ iat: SECONDS + 60 }))
  for (const iat of [undefined, null, String(SECONDS), [SECONDS], -1]) refused(/unusable iat/, bare({ iat }))
  for (const jti of [undefined, null, '']) refused(/jti/, bare({ jti }))
})

test('P3 a logout token may be for others too where the settings trust them, and azp says that it is ours', () => {
  const aud = [CLIENT_ID, 'project-1']
  for (const audiences of [['project-1'], '*'] as const) {
    assert.ok(readLogoutToken(signed({ aud, azp: CLIENT_ID }), expected({ audiences })))
    refused(/no azp/, { aud }, {}, { audiences })
    refused(/another client/, { aud, azp: 'project-1' }, {}, { audiences })
    refused(/another audience/, { aud: ['project-1'], azp: CLIENT_ID }, {}, { audiences })
  }
  refused(/for others too: "project-1"; <NAME>_AUDIENCES/, { aud, azp: CLIENT_ID })
})

test('P5 a logout token that is signed with a MAC is refused in words that name the algorithm and the remedy', () => {
  for (const alg of ['HS256', 'HS384', 'HS512'])
    refused(new RegExp(`signed with ${alg}, .*: let the provider sign with RS256`), {}, { alg })
})

test('a logout token has a usable jti, so that its replay is known', () => {
  for (const jti of [undefined, null, '', 1, ['a'], 'a\nb', 'a\u202eb', 'x'.repeat(256)]) refused(/jti/, { jti })
  for (const jti of ['0', 'x'.repeat(255)]) assert.equal(verified(signed({ jti })).id, jti)
})

test('a logout token names a person, a session, or both, each by a usable text', () => {
  refused(/neither a person nor a session/, { sub: undefined, sid: undefined })
  for (const sub of [null, '', 0, 583231, ['583231'], 'a\nb', 'x'.repeat(256)]) refused(/unusable sub/, { sub })
  for (const sid of [null, '', 0, ['a'], 'a\u0000', 'x'.repeat(256)]) refused(/unusable sid/, { sid })
  assert.deepEqual([verified(signed({ sid: undefined })).sid], [undefined])
  assert.deepEqual([verified(signed({ sub: undefined })).subject], [undefined])
})

test('JW-22 it is typed as a logout token, or like any JWT where the provider is not known for its type', () => {
  for (const typ of ['logout+jwt', 'application/logout+jwt', 'LOGOUT+JWT', 'Application/Logout+JWT']) {
    assert.ok(readLogoutToken(signed({}, { typ }), expected({ typeRequired: true })))
  }
  for (const typ of [undefined, 'JWT', 'jwt', 'application/jwt']) {
    assert.ok(readLogoutToken(signed({}, { typ }), expected()))
    refused(/typed/, {}, { typ }, { typeRequired: true })
  }
  for (const typ of ['at+jwt', 'secevent+jwt', '', 'xlogout+jwt', 'logout+jwt ', 'JOSE', 'text/logout+jwt']) {
    refused(/typed/, {}, { typ })
  }
  refused(/unusable typ/, {}, { typ: 1 })
})

test('an ID token ends no session, and a logout token begins none', () => {
  const idToken = es256.signRaw({ alg: 'ES256', kid: 'e', typ: 'JWT' }, idTokenClaims())
  assert.throws(() => readLogoutToken(idToken, expected()), { code: 'request_malformed' })
  const token = signed({}, { typ: 'JWT' })
  const checked = () => verifyIdToken(token, jwksOf(es256.jwk), expectedIdToken({ nonce: undefined }))
  assert.throws(checked, { code: 'id_token_invalid', message: /logout token/ })
})

test('DS-07 what is cheap comes first: the size, the parts, the claims, and no signature before all of that is right', () => {
  const padded = signed({ padding: 'x'.repeat(16_384) })
  assert.throws(() => readLogoutToken(padded, expected()), { message: /longer than/ })
  for (const text of ['', '.', '..', 'a.b', 'a.b.c', 'a.b.c.d', 'a.b.c.d.e', '{}', `${signed({})}.`]) {
    assert.throws(() => readLogoutToken(text, expected()), { code: 'request_malformed' }, text)
  }
  // Nothing of a signature is wrong here but its bytes, which only keys can tell.
  const [header, payload] = signed({}).split('.')
  const forged = `${header}.${payload}.${'A'.repeat(86)}`
  const read = readLogoutToken(forged, expected())
  assert.throws(() => verifyLogoutToken(read, jwksOf(es256.jwk), ALGS), {
    code: 'request_malformed',
    message: /signature/,
  })
})

test('a key that is not known can be told from all other faults, so that newer keys are fetched', () => {
  const read = readLogoutToken(signed({}), expected())
  const unknown = (error: unknown) => error instanceof UnknownKey && error.code === 'request_malformed'
  assert.throws(() => verifyLogoutToken(read, jwksOf(rs256.jwk), ALGS), unknown)
  assert.throws(
    () => readLogoutToken(signed({ iss: 'x' }), expected()),
    (error: unknown) => !unknown(error),
  )
})

test('a token need not be remembered longer than it is taken, however late it says it is over', () => {
  const lifeOf = (changes: object) => verified(signed(changes)).expiresAt - SECONDS * 1000
  assert.equal(lifeOf({ exp: SECONDS + 120 }), 150_000)
  assert.equal(lifeOf({ exp: SECONDS + 1e9 }), (86_400 + 30) * 1000)
})

test('no refusal quotes the token', () => {
  const secret = 'sesame-of-the-session'
  const invalid = [
    { sid: `${secret}\n` },
    { jti: [secret] },
    { nonce: secret },
    { events: { [secret]: {} } },
    { aud: secret },
  ]
  for (const changes of invalid) {
    assert.throws(
      () => readLogoutToken(signed(changes), expected()),
      (error: Error) => !JSON.stringify([error, error.message]).includes(secret),
    )
  }
})
