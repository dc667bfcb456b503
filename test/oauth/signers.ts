// The far side's hand: tokens signed by jose, and by node:crypto where jose would refuse to.
import { constants, createPrivateKey, createPublicKey, sign as signBytes } from 'node:crypto'
import { exportJWK, exportPKCS8, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { SignatureAlg } from '../../src/crypto/signature.js'
import { type ExpectedIdToken, verifyIdToken } from '../../src/oauth/id-token.js'
import { type Jwks, readJwks } from '../../src/oauth/jwks.js'
import { nextRsaKey } from '../support/rsa-keys.js'
import { aResponse } from './samples.js'

export const ALGS: readonly SignatureAlg[] = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const),
]

export interface Signer {
  alg: SignatureAlg
  kid: string
  /** The public half, as a provider publishes it. */
  jwk: JWK & Record<string, unknown>
  pem: string
  /** A token made by jose. */
  sign(claims: object, header?: object): Promise<string>
  /** A token of any header and payload, with a good signature; each a text as it is, or a value. */
  signRaw(header: unknown, payload: unknown): string
}

export async function newSigner(alg: SignatureAlg, kid = `key of ${alg}`): Promise<Signer> {
  const { publicKey, privateKey } = await keyPairFor(alg)
  const pem = await exportPKCS8(privateKey)
  return {
    ...{ alg, kid, pem },
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims, header = {}) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, typ: 'JWT', ...header }).sign(privateKey),
    signRaw(header, payload) {
      const signed = `${base64url(header)}.${base64url(payload)}`
      return `${signed}.${nodeSignature(alg, pem, signed).toString('base64url')}`
    },
  }
}

function keyPairFor(alg: SignatureAlg) {
  if (!/^[RP]S/.test(alg)) return generateKeyPair(alg, { extractable: true })
  const privateKey = nextRsaKey()
  return { publicKey: createPublicKey(privateKey), privateKey }
}

export const base64url = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

function nodeSignature(alg: SignatureAlg, pem: string, text: string): Buffer {
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  const options = { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363', ...(alg.startsWith('PS') && pss) } as const
  return signBytes(alg === 'EdDSA' ? null : `sha${alg.slice(2)}`, Buffer.from(text), options)
}

export const jwksOf = (...keys: readonly object[]): Jwks => readJwks(aResponse({ keys }))

export const ISSUER = 'https://op.example/tenant'
export const CLIENT_ID = 'the-client'
export const NONCE = 'n-0S6_WzA2Mj'
/** Milliseconds: a moment with a fraction of a second. */
export const NOW = 1_800_000_000_500
const SECONDS = NOW / 1000

/** The claims of a good ID token; one that is changed to undefined is missing. */
export const claims = (changes: object = {}) => ({
  ...{ iss: ISSUER, aud: CLIENT_ID, sub: '583231', nonce: NONCE },
  ...{ iat: Math.floor(SECONDS), exp: Math.floor(SECONDS) + 3600 },
  ...changes,
})

export const expected = (changes: Partial<ExpectedIdToken> = {}): ExpectedIdToken => ({
  ...{ issuer: ISSUER, clientId: CLIENT_ID, algs: ALGS, nonce: NONCE, accessToken: 'gho_sesame', now: NOW },
  ...changes,
})

/** How an ID token with these claims is judged; it comes from the signer and is good in everything else. */
export function checkerOf({ kid, alg, jwk, signRaw }: Signer) {
  const jwks = jwksOf(jwk)
  return (changes: object, wanted: Partial<ExpectedIdToken> = {}, header: object = {}) =>
    verifyIdToken(signRaw({ alg, kid, ...header }, claims(changes)), jwks, expected(wanted))
}
