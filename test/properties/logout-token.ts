import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readLogoutToken, verifyLogoutToken } from '../../src/oauth/logout-token.js'
import { base64url, CLIENT_ID, ISSUER, jwksOf, NOW, newSigner } from '../oauth/signers.js'
import { damaged, jsonTextOf, mostly, nasty } from './inputs.js'
import { assertPlain, outcomeOf } from './outcome.js'
import { property } from './property.js'

const SECRET = 'Zq9tokenZq9'
const SECONDS = NOW / 1000
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

const signer = await newSigner('ES256', 'k')
const other = await newSigner('ES256', 'k')
const jwks = jwksOf(signer.jwk)

const claims = (changes: object = {}) => ({
  ...{ iss: ISSUER, aud: CLIENT_ID, sub: '583231', sid: 'session-1', jti: 'b7e1e1a0', events: { [EVENT]: {} } },
  ...{ iat: Math.floor(SECONDS), exp: Math.floor(SECONDS) + 120 },
  ...changes,
})
const good = signer.signRaw({ alg: 'ES256', kid: 'k', typ: 'logout+jwt' }, claims())

const header = fc.record(
  {
    alg: mostly(fc.constantFrom('ES256', 'ES256', 'ES256', 'RS256', 'none', 'HS256')),
    kid: mostly(fc.constantFrom('k', 'k', 'k', SECRET)),
    typ: mostly(fc.constantFrom('logout+jwt', 'application/logout+jwt', 'LOGOUT+JWT', 'JWT', 'at+jwt')),
  },
  { requiredKeys: ['alg'] },
)
const time = mostly(fc.double({ min: SECONDS - 100_000, max: SECONDS + 100_000, noNaN: true }))
const name = mostly(fc.oneof(nasty('583231', SECRET), fc.constant('x'.repeat(256))))
const changes = fc.record(
  {
    iss: mostly(fc.constant(ISSUER)),
    aud: mostly(fc.constantFrom(CLIENT_ID, [CLIENT_ID], [CLIENT_ID, 'other'])),
    azp: mostly(fc.constant(CLIENT_ID)),
    ...{ sub: name, sid: name, jti: name },
    events: mostly(fc.constantFrom({ [EVENT]: {} }, { [EVENT]: { a: 1 } }, { [EVENT]: [] }, { [EVENT]: SECRET }, {})),
    nonce: mostly(fc.constant(SECRET)),
    ...{ exp: time, iat: time, nbf: time },
  },
  { requiredKeys: [] },
)
const signed = fc
  .tuple(jsonTextOf(header), jsonTextOf(changes.map(claims)), fc.constantFrom(signer, signer, signer, other))
  .map(([head, payload, hand]) => hand.signRaw(head, payload))
const parts = fc.array(fc.oneof(jsonTextOf(header).map(base64url), nasty('.', 'e30', '=')), { maxLength: 6 })

/** Whatever is posted to the back channel. */
export const logoutToken = property(
  'a logout token is of today, for us, from the issuer, about a logout and signed, or a request that is malformed',
  fc.tuple(
    fc.oneof(
      { arbitrary: signed, weight: 4 },
      damaged(fc.constant(good)),
      parts.map(list => list.join('.')),
    ),
    fc.boolean(),
  ),
  ([token, typeRequired]) => {
    const expected = { issuer: ISSUER, clientId: CLIENT_ID, typeRequired, now: NOW }
    const work = () => verifyLogoutToken(readLogoutToken(token, expected), jwks, ['ES256'])
    const { value, error } = outcomeOf(work, ['request_malformed'])
    if (error) return assert.ok(!error.message.includes(SECRET), error.message)
    const { iss, aud, sub, sid, jti, exp, iat, events, nonce } = value.claims
    assert.deepEqual([value.issuer, value.subject, value.sid, value.id], [ISSUER, sub, sid, jti])
    assert.deepEqual([iss, [aud].flat(), nonce], [ISSUER, [CLIENT_ID], undefined])
    for (const reported of [value.subject, value.sid, value.id]) if (reported !== undefined) assertName(reported)
    assert.ok(value.subject !== undefined || value.sid !== undefined)
    assert.ok(isOfToday(exp, iat))
    // How long it is remembered: till it is refused anyway, and no longer than tokens live.
    assert.ok(value.expiresAt > NOW && value.expiresAt <= NOW + 86_460_000)
    assert.match(JSON.stringify(events), /"http:\/\/schemas\.openid\.net\/event\/backchannel-logout":\{/)
    assert.ok(token.length <= 16_384 && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
  },
)

const isOfToday = (exp: unknown, iat: unknown) =>
  typeof exp === 'number' &&
  exp > SECONDS - 30 &&
  typeof iat === 'number' &&
  iat <= SECONDS + 30 &&
  iat >= SECONDS - 86_400

function assertName(text: string): void {
  assert.notEqual(text, '')
  assertPlain(text, 255)
}
