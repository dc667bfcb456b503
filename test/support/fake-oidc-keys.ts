import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { newSigner, type Signer } from '../oauth/signers.js'
import { nextRsaKey } from './rsa-keys.js'

export interface OidcKeys {
  rsa: Signer
  otherRsa: Signer
  ec: Signer
  otherEc: Signer
  ed: Signer
}

/** Five to sign with, each of a new name. */
export async function makeKeys(): Promise<OidcKeys> {
  const name = () => randomBytes(6).toString('hex')
  const [rsa, otherRsa, ec, otherEc, ed] = await Promise.all([
    newSigner('RS256', name()),
    newSigner('RS256', name()),
    newSigner('ES256', name()),
    newSigner('ES256', name()),
    newSigner('EdDSA', name()),
  ])
  return { rsa, otherRsa, ec, otherEc, ed }
}

/** The conformance suite's set: two RSA, two EC and one of each odd kind to sign with, and two to encrypt with. */
export const publishedBy = ({ rsa, otherRsa, ec, otherEc, ed }: OidcKeys): Record<string, unknown>[] => [
  ...[rsa, otherRsa, ec, otherEc].map(({ jwk }) => jwk),
  ...[ODD_CURVE, ed.jwk, FOR_SECRETS.rsa, FOR_SECRETS.ec],
]

const exportOptions = { publicKeyEncoding: { format: 'jwk' }, privateKeyEncoding: { format: 'jwk' } } as const
const ecKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve, ...exportOptions }).publicKey as object
const rsaKey = () => createPublicKey(nextRsaKey()).export({ format: 'jwk' })

const ODD_CURVE = { ...ecKey('secp256k1'), kid: 'odd curve', use: 'sig', alg: 'ES256K' }
const FOR_SECRETS = {
  rsa: { ...rsaKey(), kid: 'for secrets', use: 'enc', alg: 'RSA-OAEP' },
  ec: { ...ecKey('P-256'), kid: 'for secrets too', use: 'enc', alg: 'ECDH-ES' },
}
