import assert from 'node:assert/strict'
import fc from 'fast-check'
import { verifyIdToken } from '../../src/oauth/id-token.js'
import { base64url, CLIENT_ID, claims, expected, ISSUER, jwksOf, NONCE, NOW, newSigner } from '../oauth/signers.js'
import { damaged, jsonTextOf, mostly, nasty } from './inputs.js'
import { outcomeOf } from './outcome.js'
import { property } from './property.js'

const SECRET = 'Zq9tokenZq9'
const SECONDS = NOW / 1000

const signer = await newSigner('ES256', 'k')
const other = await newSigner('ES256', 'k')
const jwks = jwksOf(signer.jwk)
const good = signer.signRaw({ alg: 'ES256', kid: 'k' }, claims())

const header = fc.record(
  {
    alg: mostly(fc.constantFrom('ES256', 'ES256', 'ES256', 'RS256', 'none', 'HS256', 'ES384')),
    kid: mostly(fc.constantFrom('k', 'k', 'k', SECRET)),
    typ: mostly(fc.constantFrom('JWT', 'jwt', 'at+jwt')),
    crit: fc.constantFrom([], ['x']),
  },
  { requiredKeys: ['alg'] },
)
const time = mostly(fc.double({ min: SECONDS - 100_000, max: SECONDS + 100_000, noNaN: true }))
const changes = fc.record(
  {
    iss: mostly(fc.constant(ISSUER)),
    aud: mostly(fc.constantFrom(CLIENT_ID, [CLIENT_ID], [CLIENT_ID, 'other'])),
    azp: mostly(fc.constant(CLIENT_ID)),
    sub: mostly(fc.oneof(nasty('583231', SECRET), fc.constant('x'.repeat(256)))),
    nonce: mostly(fc.constant(NONCE)),
    ...{ exp: time, iat: time, nbf: time, auth_time: time },
    ...{ at_hash: mostly(fc.constant(SECRET)), acr: mostly(fc.constant('urn:a')) },
  },
  { requiredKeys: [] },
)
const signed = fc
  .tuple(jsonTextOf(header), jsonTextOf(changes.map(claims)), fc.constantFrom(signer, signer, signer, other))
  .map(([head, payload, hand]) => hand.signRaw(head, payload))
const parts = fc.array(fc.oneof(jsonTextOf(header).map(base64url), nasty('.', 'e30', '=')), { maxLength: 6 })

const expectations = fc.record(
  { nonce: fc.constantFrom(NONCE, undefined), maxAge: fc.constantFrom(undefined, 0, 50_000) },
  { requiredKeys: [] },
)

/** Whatever a provider hands out as an ID token. */
export const idToken = property(
  'an ID token is for us, from the issuer, about this sign-in and of today, or an error that tells nothing of it',
  fc.tuple(
    fc.oneof(
      { arbitrary: signed, weight: 4 },
      damaged(fc.constant(good)),
      parts.map(list => list.join('.')),
    ),
    expectations,
  ),
  ([token, changed]) => {
    const asked = expected({ algs: ['ES256'], ...changed })
    const { value, error } = outcomeOf(() => verifyIdToken(token, jwks, asked), ['id_token_invalid'])
    if (error) return assert.ok(!error.message.includes(SECRET), error.message)
    const { iss, aud, sub, exp, iat, nonce } = value.claims
    assert.deepEqual([value.issuer, value.subject], [ISSUER, sub])
    assert.deepEqual([iss, [aud].flat(), nonce], [ISSUER, [CLIENT_ID], asked.nonce])
    assert.ok(typeof sub === 'string' && sub.length > 0 && sub.length <= 255)
    assert.ok(typeof exp === 'number' && exp > SECONDS - 30)
    assert.ok(typeof iat === 'number' && iat <= SECONDS + 30 && iat >= SECONDS - 86_400)
    assert.ok(token.split('.').length === 3 && /^[\w.-]+$/.test(token))
  },
)
