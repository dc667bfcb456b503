import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { HttpResponse } from '../../src/http/types.js'
import { keysFor, readJwks } from '../../src/oauth/jwks.js'
import { ALGS, newSigner } from '../oauth/signers.js'
import { anyJson, damaged, jsonTextOf, mostly, nasty } from './inputs.js'
import { outcomeOf } from './outcome.js'
import { property } from './property.js'

const KINDS = ['RS256', 'ES256', 'ES384', 'EdDSA'] as const
const published = await Promise.all(KINDS.map(async alg => (await newSigner(alg)).jwk))

const altered = (text: string | undefined) => mostly(fc.oneof(fc.constant(text), damaged(fc.constant(text ?? ''))))
const jwk = fc.constantFrom(...published).chain(({ n, e, x, y, crv, ...rest }) =>
  fc.record(
    {
      ...Object.fromEntries(
        Object.entries({ n, e, x, y, crv }).flatMap(([name, text]) => (text ? [[name, altered(text)]] : [])),
      ),
      kty: mostly(fc.constantFrom(rest.kty, rest.kty, rest.kty, 'oct', 'RSA', 'EC', 'OKP')),
      kid: mostly(fc.constantFrom('a', 'b')),
      use: mostly(fc.constantFrom('sig', 'enc')),
      alg: mostly(fc.constantFrom(rest.alg, rest.alg, ...KINDS)),
      key_ops: mostly(fc.constantFrom(['verify'], ['encrypt'])),
    },
    { requiredKeys: ['kty'] },
  ),
)
const keys = mostly(fc.array(fc.oneof(jwk, fc.constantFrom(...published), anyJson), { maxLength: 14 }))

const responses: fc.Arbitrary<HttpResponse> = fc.record({
  status: fc.oneof({ arbitrary: fc.constant(200), weight: 5 }, fc.constantFrom(204, 302, 404, 500)),
  mediaType: fc.oneof(
    { arbitrary: fc.constantFrom('application/json', 'application/jwk-set+json'), weight: 5 },
    nasty(),
  ),
  body: fc.oneof({ arbitrary: jsonTextOf(fc.record({ keys })), weight: 6 }, nasty('{"keys":')),
})

/** Whatever a provider publishes as its keys. */
export const jwks = property(
  'a set of keys is of sound public keys, of which ten are tried at most, or an error of ours',
  fc.tuple(responses, fc.constantFrom(...ALGS), fc.constantFrom(undefined, 'a', 'b', 'c')),
  ([response, alg, kid]) => {
    const { value } = outcomeOf(() => readJwks(response), ['provider_error', 'provider_malformed'])
    if (value === undefined) return
    assert.ok(value.keys.length > 0)
    for (const { algs, key } of value.keys) {
      assert.equal(key.type, 'public')
      assert.ok(algs.length > 0)
      if (key.asymmetricKeyType === 'rsa') assert.ok((key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048)
    }
    const found = keysFor(value, { alg, kid, typ: undefined }) ?? []
    assert.ok(found.length <= 10)
    assert.ok(found.every(key => key.algs.includes(alg) && (kid === undefined || key.kid === kid)))
  },
)
