import { importPublicKey, type VerificationKey } from '../crypto/signature.js'
import { isObject, readObject, requireSuccess } from './answer.js'
import { ProtocolError } from './errors.js'
import type { JwtHeader } from './jwt.js'
import type { Answer, Json, OutboundRequest } from './types.js'

/** A key of a provider, under the name that the provider gave it. */
export interface NamedKey extends VerificationKey {
  readonly kid: string | undefined
}

declare const checked: unique symbol

/** The keys of one provider that are of use. Only `readJwks` makes one; none is for ever. */
export interface Jwks {
  readonly keys: readonly NamedKey[]
  readonly [checked]: true
}

/** More than any provider has; importing one takes as long as checking a signature. */
const MOST_KEYS = 300
/** Of the keys that could have made a signature, as many are tried. */
const MOST_TRIES = 10

/** The question for a provider's keys. */
export const jwksRequest = (url: string): OutboundRequest => ({
  method: 'GET',
  url,
  headers: { Accept: 'application/json, application/jwk-set+json' },
})

/**
 * Reads a set of keys (RFC 7517, 5). Those of no use to us are left out: other kinds, other uses, too weak.
 * @throws ProtocolError provider_error, provider_malformed, also for a set in which no key is of use
 */
export function readJwks(answer: Answer): Jwks {
  requireSuccess(answer)
  const { keys } = readObject(answer)
  if (!Array.isArray(keys)) throw malformed('without a list of keys')
  if (keys.length > MOST_KEYS) throw malformed(`with ${keys.length} keys, of which ${MOST_KEYS} are the most`)
  const usable = keys.flatMap(readKey)
  if (usable.length === 0) throw malformed(`with ${keys.length} keys, none of which can verify a signature`)
  return { keys: usable } as Pick<Jwks, 'keys'> as Jwks
}

/**
 * The keys that may have made a signature: those that the header names and that fit its algorithm; without a `kid`
 * all that fit, ten at most (RFC 7515, 4.1.4 and 6).
 * @returns undefined where the set knows none: the provider may have a new one since it was fetched
 */
export function keysFor({ keys }: Jwks, { alg, kid }: JwtHeader): readonly NamedKey[] | undefined {
  const fitting = (some: readonly NamedKey[]) => some.filter(({ algs }) => algs.includes(alg)).slice(0, MOST_TRIES)
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

const malformed = (how: string) => new ProtocolError('provider_malformed', `The provider answered ${how}`)
