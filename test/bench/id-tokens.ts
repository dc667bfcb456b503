import { createLocalJWKSet, jwtVerify } from 'jose'
import type { SignatureAlg } from '../../src/crypto/signature.js'
import { verifyIdToken } from '../../src/oauth/id-token.js'
import { CLIENT_ID, claims, expected, ISSUER, jwksOf, newSigner } from '../oauth/signers.js'

export interface IdTokenSpeed {
  alg: SignatureAlg
  /** Verified tokens a second, one after the other. */
  ours: number
  theirs: number
  /** Of theirs, how much ours is. */
  ratio: number
}

const COMPARED = ['RS256', 'ES256', 'EdDSA'] as const

/** Verifies one ID token over and over, beside jose, with its key at hand on both sides. */
export async function compareIdTokens(rounds = 5, tokens = 1_000): Promise<IdTokenSpeed[]> {
  const speeds: IdTokenSpeed[] = []
  for (const alg of COMPARED) speeds.push(await compare(alg, rounds, tokens))
  return speeds
}

async function compare(alg: SignatureAlg, rounds: number, tokens: number): Promise<IdTokenSpeed> {
  const { jwk, sign } = await newSigner(alg)
  const token = await sign(claims({ name: 'Ada Lovelace', email: 'ada@example.org', email_verified: true }))
  const keys = jwksOf(jwk)
  const asked = expected({ algs: [alg] })
  const getKey = createLocalJWKSet({ keys: [jwk] })
  const rules = { issuer: ISSUER, audience: CLIENT_ID, algorithms: [alg], currentDate: new Date(asked.now) }

  const ours: number[] = []
  const theirs: number[] = []
  // They take turns, so that whatever else the machine does meets both; the first turn warms up, and does not count.
  for (let round = 0; round <= rounds; round++) {
    ours.push(await perSecond(tokens, () => verifyIdToken(token, keys, asked)))
    theirs.push(await perSecond(tokens, () => jwtVerify(token, getKey, rules)))
  }
  const [one, other] = [median(ours.slice(1)), median(theirs.slice(1))]
  return { alg, ours: one, theirs: other, ratio: one / other }
}

async function perSecond(times: number, act: () => unknown): Promise<number> {
  const begin = performance.now()
  for (let done = 0; done < times; done++) await act()
  return (1_000 * times) / (performance.now() - begin)
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
