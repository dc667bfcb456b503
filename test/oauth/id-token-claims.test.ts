import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { tokenHash } from '../../src/crypto/signature.js'
import { ProtocolError } from '../../src/oauth/errors.js'
import { verifyIdToken } from '../../src/oauth/id-token.js'
import {
  CLIENT_ID,
  checkerOf,
  claims,
  expected,
  ISSUER,
  jwksOf,
  NONCE,
  NOW,
  newSigner,
  type Signer,
} from './signers.js'

let es256: Signer
let check: ReturnType<typeof checkerOf>
before(async () => {
  es256 = await newSigner('ES256', 'e')
  check = checkerOf(es256)
})

const SECONDS = NOW / 1000
type ExpectedClaims = Parameters<typeof check>[1]

/** The signature is good, so that nothing but what the test is about can be the reason. */
function refused(message: RegExp, changes: object, wanted: ExpectedClaims = {}, header: object = {}): void {
  const expectedError = { name: 'ProtocolError', code: 'id_token_invalid', message }
  assert.throws(() => check(changes, wanted, header), expectedError, JSON.stringify([changes, wanted, header]))
}

test('JW-18 oidcc-client-test-invalid-iss: the issuer is the configured one, byte by byte', () => {
  for (const iss of [
    ...[`${ISSUER}1`, `${ISSUER}/`, 'https://OP.example/tenant', 'https://op.example/other', 'op.example/tenant'],
    ...['http://op.example/tenant', undefined, null, '', 1, [ISSUER], { ISSUER }, { toString: 0 }],
  ]) {
    refused(/another issuer/, { iss })
  }
})

test('JW-18 issuers with a tenant in them are judged by the claims of the token', () => {
  const tenants = ['https://op.example/a/v2.0']
  const issuer = ({ tid }: { tid?: unknown }) => tenants.find(one => one === `https://op.example/${tid}/v2.0`)
  assert.equal(check({ iss: 'https://op.example/a/v2.0', tid: 'a' }, { issuer }).issuer, 'https://op.example/a/v2.0')
  refused(/another issuer/, { iss: 'https://op.example/b/v2.0', tid: 'b' }, { issuer })
  refused(/another issuer/, { iss: 'https://op.example/b/v2.0', tid: 'a' }, { issuer })
  refused(/another issuer/, { iss: 'https://op.example/a/v2.0' }, { issuer })
})

test('JW-17 oidcc-client-test-invalid-aud and -missing-aud, invalid-secondary-aud: the token is for us and for nobody else', () => {
  for (const aud of [...[`${CLIENT_ID}1`, 'THE-CLIENT', '', undefined, null, 1, {}, [], [[CLIENT_ID]], ['other']]]) {
    refused(/another audience/, { aud })
  }
  for (const azp of [undefined, CLIENT_ID, 'other']) {
    for (const more of [`${CLIENT_ID}1`, CLIENT_ID, 1]) refused(/for others too/, { aud: [CLIENT_ID, more], azp })
    // Called another audience until P3, which names the others.
    refused(/for others too/, { aud: ['other', CLIENT_ID], azp })
  }
})

test('P3 JW-17 further audiences are taken where the settings trust them all, and azp says that the token is ours', () => {
  const azp = CLIENT_ID
  const audiences = ['project-1', 'https://api.example']
  assert.ok(check({ aud: [CLIENT_ID, 'project-1'], azp }, { audiences }))
  assert.ok(check({ aud: ['https://api.example', 'project-1', CLIENT_ID], azp }, { audiences }))
  assert.ok(check({ aud: [CLIENT_ID, CLIENT_ID], azp }, { audiences: [CLIENT_ID] }))
  assert.ok(check({ aud: [CLIENT_ID] }, { audiences }))
  for (const trusted of [audiences, '*'] as const) {
    const wanted = { audiences: trusted }
    for (const other of ['other', null, 1, '', '\ud800']) {
      for (const aud of [['project-1'], 'project-1', [], undefined, [other]])
        refused(/another audience/, { aud, azp }, wanted)
    }
    const aud = [CLIENT_ID, 'project-1']
    refused(/no azp/, { aud }, wanted)
    for (const other of ['project-1', '', null, 1, [CLIENT_ID], `${CLIENT_ID}1`])
      refused(/another client/, { aud, azp: other }, wanted)
    for (const more of [1, null, ['project-1'], {}])
      refused(/for others too: no text/, { aud: [...aud, more], azp }, wanted)
  }
  for (const more of ['project-2', 'PROJECT-1', 'project-1 ', '', '*']) {
    refused(/for others too/, { aud: [CLIENT_ID, 'project-1', more], azp }, { audiences })
    assert.ok(check({ aud: [CLIENT_ID, 'project-1', more], azp }, { audiences: '*' }))
  }
  refused(/for others too/, { aud: [CLIENT_ID, 'project-1'], azp }, { audiences: [] })
})

test('P3 audiences that are not trusted are named, cut and on one line, with the setting', () => {
  const refusal = (others: unknown[], audiences?: readonly string[]) => {
    try {
      check({ aud: [CLIENT_ID, ...others], azp: CLIENT_ID }, { audiences })
    } catch (error) {
      assert.ok(error instanceof ProtocolError && error.hint === 'other_audiences')
      return error.message
    }
    assert.fail('It was taken')
  }
  const setting = '<NAME>_AUDIENCES names those that are trusted'
  assert.equal(refusal(['a', 'b'], ['a']), `The token is for others too: "b"; ${setting}`)
  assert.equal(refusal(['a', 1]), `The token is for others too: "a", no text; ${setting}`)
  assert.equal(refusal(['a\u202e\nb']), `The token is for others too: "a b"; ${setting}`)
  assert.equal(refusal(['x'.repeat(500)]), `The token is for others too: "${'x'.repeat(64)}"; ${setting}`)
  const many = Array.from({ length: 1_000 }, (_, index) => `p${index}`)
  assert.equal(refusal(many), `The token is for others too: "p0", "p1", "p2", "p3", "p4" and more; ${setting}`)
})

test('JW-17 an azp has to be us, even where we are the only audience', () => {
  for (const azp of ['other', '', null, 1, [CLIENT_ID]]) {
    refused(/another client/, { azp })
    refused(/another client/, { azp, aud: [CLIENT_ID] })
  }
  assert.equal(check({ azp: CLIENT_ID }).subject, '583231')
})

test('JW-17 valid-aud-as-array: a list of us alone is fine', () => {
  assert.equal(check({ aud: [CLIENT_ID] }).subject, '583231')
})

test('JW-20 oidcc-client-test-missing-sub: the subject is a usable text of at most 255 characters', () => {
  for (const sub of [undefined, null, '', 583231, 2 ** 60, 'x'.repeat(256), ['a'], {}, true, 'a\nb', 'a\u202eb', '0']) {
    refused(/no usable sub/, { sub })
  }
  assert.equal(check({ sub: 'x'.repeat(255) }).subject, 'x'.repeat(255))
  assert.throws(
    () => {
      const payload = JSON.stringify(claims()).replace('"583231"', '9007199254740993')
      verifyIdToken(es256.signRaw({ alg: 'ES256', kid: 'e' }, payload), jwksOf(es256.jwk), expected())
    },
    { message: /no usable sub/ },
  )
})

const NO_TIMES = [undefined, null, '', '9999999999', [9_999_999_999], {}, true, -1, 1e300, 8.64e12 + 1]

test('JW-15 invalid-missing-exp: invalid-expired-exp and exp is a number, and at most 30 seconds ago', () => {
  for (const exp of NO_TIMES) refused(/unusable exp/, { exp })
  for (const exp of [SECONDS - 31, SECONDS - 30, SECONDS - 360, 0]) refused(/expired \d+ seconds ago/, { exp })
  for (const exp of [SECONDS - 29, SECONDS + 0.25, 8.64e12]) assert.ok(check({ exp }))
  assert.throws(
    () => {
      const payload = JSON.stringify(claims({ exp: 0 })).replace('"exp":0', '"exp":1e400')
      verifyIdToken(es256.signRaw({ alg: 'ES256', kid: 'e' }, payload), jwksOf(es256.jwk), expected())
    },
    { message: /unusable exp/ },
  )
})

test('JW-16 oidcc-client-test-missing-iat and iat-is-week-in-past: iat is neither ahead nor more than a day old', () => {
  for (const iat of NO_TIMES) refused(/unusable iat/, { iat })
  refused(/issued 3600 seconds from now/, { iat: SECONDS + 3600 })
  refused(/issued 31 seconds from now/, { iat: SECONDS + 31 })
  refused(/issued 604800 seconds ago/, { iat: SECONDS - 7 * 24 * 3600 })
  refused(/issued 86401 seconds ago/, { iat: SECONDS - 86_401 })
  for (const iat of [SECONDS + 29, SECONDS - 86_399]) assert.ok(check({ iat }))
})

test('JW-16 nbf may be absent, and else is no later than 30 seconds from now', () => {
  for (const nbf of NO_TIMES.slice(1)) refused(/unusable nbf/, { nbf })
  refused(/valid in 31 seconds/, { nbf: SECONDS + 31 })
  for (const nbf of [SECONDS + 29, 0, undefined]) assert.ok(check({ nbf }))
})

test('JW-25 where times are off, the log is told to compare the clocks', () => {
  for (const minutes of [10, -10]) {
    const now = NOW + minutes * 60_000
    refused(/compare this machine's clock/, { exp: SECONDS + 60 }, { now })
  }
  refused(/compare this machine's clock/, { nbf: SECONDS + 600 })
})

test('JW-19 oidcc-client-test-nonce-invalid, invalid-missing-nonce: the nonce is that of this sign-in', () => {
  for (const nonce of [`${NONCE}1`, undefined, null, '', 1, [NONCE], [], { NONCE }, NONCE.toLowerCase()]) {
    refused(/nonce/, { nonce })
  }
})

test('P6 a nonce that is missing is called missing, and another one another', () => {
  for (const nonce of [undefined, null]) {
    const expectedError = {
      code: 'id_token_invalid',
      hint: 'nonce_missing',
      message: /has no nonce, .* set <NAME>_NONCE=off$/,
    }
    assert.throws(() => check({ nonce }), expectedError)
  }
  for (const nonce of ['', `${NONCE}1`, 0, [], false]) {
    assert.throws(() => check({ nonce }), { hint: 'nonce_other', message: /its nonce is another/ })
  }
  assert.throws(() => check({ nonce: NONCE }, { nonce: undefined }), { message: /its nonce is another/ })
})

test('P9 an issuer that differs by a slash at its end is refused in words that say so', () => {
  for (const [iss, issuer] of [
    [`${ISSUER}/`, ISSUER],
    [ISSUER, `${ISSUER}/`],
  ]) {
    assert.throws(() => check({ iss }, { issuer: issuer ?? '' }), {
      hint: 'issuer_spelling',
      message: /a slash at its end/,
    })
  }
  assert.throws(() => check({ iss: `${ISSUER}//` }), { hint: 'issuer_other' })
})

test('JW-19 where no nonce was sent, a token with one is about another sign-in', () => {
  assert.ok(check({ nonce: undefined }, { nonce: undefined }))
  for (const nonce of [NONCE, '', null, [], 1]) refused(/nonce/, { nonce }, { nonce: undefined })
})

test('JW-21 an at_hash that is there has to be right, with every algorithm', async () => {
  for (const at_hash of [
    tokenHash('ES256', 'other'),
    tokenHash('ES512', 'gho_sesame'),
    '',
    null,
    1,
    [],
    [tokenHash('ES256', 'gho_sesame')],
  ]) {
    refused(/at_hash/, { at_hash })
  }
  assert.ok(check({ at_hash: tokenHash('ES256', 'gho_sesame') }))
  const eddsa = checkerOf(await newSigner('EdDSA'))
  assert.ok(eddsa({ at_hash: tokenHash('ES512', 'gho_sesame') }))
  assert.throws(() => eddsa({ at_hash: tokenHash('ES256', 'gho_sesame') }), { message: /at_hash/ })
})

test('JW-23 where max_age was asked for, auth_time has to be there and recent', () => {
  for (const auth_time of NO_TIMES) refused(/unusable auth_time/, { auth_time }, { maxAge: 600 })
  refused(/older than 600 seconds/, { auth_time: SECONDS - 631 }, { maxAge: 600 })
  refused(/older than 0 seconds/, { auth_time: SECONDS - 31 }, { maxAge: 0 })
  refused(/from now/, { auth_time: SECONDS + 31 }, { maxAge: 600 })
  for (const auth_time of [SECONDS - 629, SECONDS, SECONDS + 29]) assert.ok(check({ auth_time }, { maxAge: 600 }))
  assert.ok(check({ auth_time: 'yesterday' }))
})

test('JW-23 where acr values were asked for, one of them has to be there', () => {
  const acrValues = ['urn:two', 'urn:three']
  for (const acr of [undefined, null, '', 'urn:one', 'urn:two urn:three', ['urn:two'], 2]) {
    refused(/acr/, { acr }, { acrValues })
  }
  assert.ok(check({ acr: 'urn:three' }, { acrValues }))
  assert.ok(check({ acr: 1 }, { acrValues: [] }))
})

test('no refusal quotes the token', () => {
  const secret = 'Zq9secretZq9'
  const changes = ['iss', 'aud', 'azp', 'sub', 'exp', 'iat', 'nbf', 'nonce', 'at_hash', 'auth_time', 'acr']
  for (const name of changes) {
    assert.throws(
      () => check({ [name]: name === 'sub' ? [secret] : secret }, { maxAge: 1, acrValues: ['a'] }),
      (error: Error) => !`${error.stack}${error.cause}`.includes(secret),
      name,
    )
  }
})
