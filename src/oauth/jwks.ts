import { importPublicKey, type VerificationKey } from '../crypto/signature.js'
import type { HttpRequest, HttpResponse } from '../http/types.js'
import { ProtocolError } from './errors.js'
import type { JwtHeader } from './jwt.js'
import { isObject, readObject, requireSuccess } from './response.js'
import type { Json } from './types.js'

/** A key of a provider, under the name that the provider gave it. */
export interface NamedKey extends VerificationKey {
  readonly kid: string | undefined
}

declare const checked: unique symbol

/** The usable keys of one provider. Only `readJwks` makes one; providers replace their keys from time to time. */
export interface Jwks {
  readonly keys: readonly NamedKey[]
  readonly [checked]: true
}

/** More than any provider has. Importing a key takes as long as verifying a signature. */
const MAX_KEYS = 300
/** So many of the keys that may have made a signature are tried. */
const MAX_TRIES = 10

/** The request for a provider's keys. */
export const jwksRequest = (url: string): HttpRequest => ({
  method: 'GET',
  url,
  headers: { Accept: 'application/json, application/jwk-set+json' },
})

/**
 * Reads a set of keys (RFC 7517, 5). Unusable keys are left out: other types, other uses, too weak.
 * @throws ProtocolError provider_error; provider_malformed, also for a set without a usable key
 */
export function readJwks(response: HttpResponse): Jwks {
  requireSuccess(response)
  const { keys } = readObject(response)
  if (!Array.isArray(keys)) throw invalidJwks('without a list of keys')
  if (keys.length > MAX_KEYS) throw invalidJwks(`with ${keys.length} keys, of which ${MAX_KEYS} are the most`)
  const usable = keys.flatMap(readKey)
  if (usable.length === 0) throw invalidJwks(`with ${keys.length} keys, none of which can verify a signature`)
  return { keys: usable } as Pick<Jwks, 'keys'> as Jwks
}

/**
 * The keys that may have made a signature: those that have the `kid` of the header and fit its algorithm; without a
 * `kid` all that fit, at most ten (RFC 7515, 4.1.4 and 6).
 * @returns undefined if the set has no such key: the provider may have added one since the set was fetched
 */
export function keysFor({ keys }: Jwks, { alg, kid }: JwtHeader): readonly NamedKey[] | undefined {
  const fitting = (some: readonly NamedKey[]) => some.filter(({ algs }) => algs.includes(alg)).slice(0, MAX_TRIES)
  const candidates = kid === undefined ? fitting(keys) : keys.filter(key => key.kid === kid)
  return candidates.length === 0 ? undefined : fitting(candidates)
}

function readKey(jwk: Json): NamedKey[] {
  if (!isObject(jwk)) return []
  const { kid } = jwk
  if (kid !== undefined && typeof kid !== 'string') return []
  const key = importPublicKey(jwk)
  return key ? [{ ...key, kid }] : []
}

const invalidJwks = (how: string) => new ProtocolError('provider_malformed', `The provider answered ${how}`)
