import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'

/** The supported JWS algorithms (RFC 7518, 3.1; RFC 8037, 3.1). All of them are asymmetric. */
export type SignatureAlg = 'EdDSA' | `${'RS' | 'PS' | 'ES'}${256 | 384 | 512}`

/** A checked key, with the algorithms that it fits. Only `importPublicKey` makes one. */
export interface VerificationKey {
  readonly algs: readonly SignatureAlg[]
  readonly key: KeyObject
}

/** Only `importPrivateKey` makes one. */
export interface SigningKey {
  readonly algs: readonly SignatureAlg[]
  readonly key: KeyObject
}

interface AlgorithmParams {
  keyType: 'rsa' | 'ec' | 'ed25519'
  /** The hash of the algorithm; Ed25519 itself uses SHA-512. */
  hash: 'sha256' | 'sha384' | 'sha512'
  curve?: string
  options: { padding?: number; saltLength?: number; dsaEncoding?: 'ieee-p1363' }
}

const rsa = (hash: AlgorithmParams['hash']): AlgorithmParams => ({ keyType: 'rsa', hash, options: {} })

const pss = (hash: AlgorithmParams['hash']): AlgorithmParams => ({
  keyType: 'rsa',
  hash,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
})

/** The signatures are two numbers of the curve's length, not DER (RFC 7518, 3.4). */
const ec = (hash: AlgorithmParams['hash'], curve: string): AlgorithmParams => ({
  keyType: 'ec',
  hash,
  curve,
  options: { dsaEncoding: 'ieee-p1363' },
})

const ALGORITHMS: Readonly<Record<SignatureAlg, AlgorithmParams>> = {
  RS256: rsa('sha256'),
  RS384: rsa('sha384'),
  RS512: rsa('sha512'),
  PS256: pss('sha256'),
  PS384: pss('sha384'),
  PS512: pss('sha512'),
  ES256: ec('sha256', 'prime256v1'),
  ES384: ec('sha384', 'secp384r1'),
  ES512: ec('sha512', 'secp521r1'),
  EdDSA: { keyType: 'ed25519', hash: 'sha512', options: {} },
}

const ALGS = Object.keys(ALGORITHMS).filter(isSignatureAlg)

/** Whether a value is exactly the name of a supported algorithm. */
export function isSignatureAlg(value: unknown): value is SignatureAlg {
  return typeof value === 'string' && Object.hasOwn(ALGORITHMS, value)
}

/**
 * A public key from its JWK (RFC 7517, 4), or undefined if it cannot verify signatures: it has another type or another
 * use, is too weak, or so large that it would take long. Unknown members are ignored.
 */
export function importPublicKey(jwk: Readonly<Record<string, unknown>>): VerificationKey | undefined {
  const { use = 'sig', key_ops: operations = ['verify'], alg } = jwk
  if (use !== 'sig' || !Array.isArray(operations) || !operations.includes('verify')) return undefined
  const key = readJwk(jwk)
  const algs = key ? algsOf(key).filter(one => alg === undefined || alg === one) : []
  return key && algs.length > 0 ? { algs, key } : undefined
}

/** A private key from its PEM text, or undefined if it cannot sign. */
export function importPrivateKey(pem: string): SigningKey | undefined {
  const key = undefinedIfThrown(() => createPrivateKey(pem))
  const algs = key ? algsOf(key) : []
  return key && algs.length > 0 ? { algs, key } : undefined
}

/** Whether the private key of this public key made the signature of these bytes, with this algorithm and no other. */
export function verify(
  alg: SignatureAlg,
  { algs, key }: VerificationKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  // node:crypto itself accepts any key for any algorithm: an RSA key, or a key of another curve, for ES256.
  if (!algs.includes(alg)) return false
  return verifyBytes(prehashOf(alg), bytes, { key, ...ALGORITHMS[alg].options }, signature)
}

/** Signs bytes. Throws Error if the key does not fit the algorithm. */
export function sign(alg: SignatureAlg, { algs, key }: SigningKey, bytes: Uint8Array): Buffer {
  if (!algs.includes(alg)) throw new Error(`The private key is not one for ${alg}`)
  return signBytes(prehashOf(alg), bytes, { key, ...ALGORITHMS[alg].options })
}

/** The left half of a text's hash, by the hash of the algorithm, in base64url: the value of `at_hash`. */
export function tokenHash(alg: SignatureAlg, text: string): string {
  const hash = createHash(ALGORITHMS[alg].hash).update(text).digest()
  return hash.subarray(0, hash.length / 2).toString('base64url')
}

const prehashOf = (alg: SignatureAlg) => (alg === 'EdDSA' ? null : ALGORITHMS[alg].hash)

const algsOf = (key: KeyObject): SignatureAlg[] =>
  ALGS.filter(alg => {
    const { keyType, curve } = ALGORITHMS[alg]
    const { namedCurve } = key.asymmetricKeyDetails ?? {}
    return key.asymmetricKeyType === keyType && namedCurve === curve && (keyType !== 'rsa' || isSoundRsa(key))
  })

const MIN_RSA_BITS = 2048
/** The time to verify grows with the square of the size, and with the exponent. */
const MAX_RSA_BITS = 8192
const MAX_RSA_EXPONENT = 2n ** 32n

/** With an exponent of 1 anyone could make a signature. */
function isSoundRsa({ asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {}
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) return false
  return publicExponent >= 3n && publicExponent <= MAX_RSA_EXPONENT && publicExponent % 2n === 1n
}

/** Characters of the longest number in a key. */
const MAX_MEMBER_LENGTH = Math.ceil(MAX_RSA_BITS / 6) + 4

/** Reads only the public members, so that only the public key of a private key, published by mistake, is read. */
function readJwk({ kty, n, e, crv, x, y }: Readonly<Record<string, unknown>>): KeyObject | undefined {
  const members = { kty, ...(kty === 'RSA' ? { n, e } : kty === 'EC' ? { crv, x, y } : { crv, x }) }
  const texts = Object.entries(members).filter((entry): entry is [string, string] => isMember(entry[1]))
  if (texts.length < Object.keys(members).length) return undefined
  return undefinedIfThrown(() => createPublicKey({ key: Object.fromEntries(texts), format: 'jwk' }))
}

const isMember = (value: unknown): boolean => typeof value === 'string' && value.length <= MAX_MEMBER_LENGTH

function undefinedIfThrown(make: () => KeyObject): KeyObject | undefined {
  try {
    return make()
  } catch {
    // The callers do not need the reason, and the message of node:crypto may quote the key.
    return undefined
  }
}
