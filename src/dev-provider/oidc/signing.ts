import { createHmac, generateKeyPair, type JsonWebKey, type KeyObject, randomBytes, sign } from 'node:crypto'

export interface RsaKey {
  kid: string
  privateKey: KeyObject
  /** The public half, as it is published. */
  jwk: JsonWebKey
}

/** Two signing keys, of which the newer one is used, and one encryption key. They end with the process. */
export interface RsaKeys {
  newest(): Promise<RsaKey>
  /** The newer first, then the older, then a key for encryption, which no signature may be checked with. */
  published(): Promise<JsonWebKey[]>
  /** Replaces both signing keys at once. */
  replace(): Promise<void>
  /** A key whose public half is never published. */
  createUnpublishedKey(): Promise<RsaKey>
}

const KEY_ROTATION_MS = 60 * 60_000

/**
 * Keys that are made on first use, because that takes time. Each hour a new key replaces the newer one, which stays
 * published for the tokens that it signed.
 * @param now milliseconds
 */
export function createRsaKeys(now: () => number): RsaKeys {
  let signing: Promise<readonly [newer: RsaKey, older: RsaKey]> | undefined
  let encryption: Promise<RsaKey> | undefined
  let since = 0

  const makeBoth = () => {
    since = now()
    return Promise.all([makeKey('sig', 'RS256'), makeKey('sig', 'RS256')])
  }
  const pair = () => {
    signing ??= makeBoth()
    if (now() - since >= KEY_ROTATION_MS) {
      since = now()
      signing = signing.then(async ([newer]) => [await makeKey('sig', 'RS256'), newer])
    }
    return signing
  }
  return {
    newest: async () => (await pair())[0],
    async published() {
      encryption ??= makeKey('enc', 'RSA-OAEP-256')
      return [...(await pair()), await encryption].map(({ jwk }) => jwk)
    },
    async replace() {
      signing = makeBoth()
      await signing
    },
    createUnpublishedKey: () => makeKey('sig', 'RS256'),
  }
}

async function makeKey(use: 'sig' | 'enc', alg: string): Promise<RsaKey> {
  const { publicKey, privateKey } = await makePair()
  const kid = randomBytes(8).toString('hex')
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use, alg } }
}

/** Runs in another thread, because it takes a tenth of a second. */
const makePair = () =>
  new Promise<{ publicKey: KeyObject; privateKey: KeyObject }>((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, publicKey, privateKey) =>
      error ? reject(error) : resolve({ publicKey, privateKey }),
    )
  })

/** The content of a token; undefined ones are left out. */
export type Claims = Readonly<Record<string, unknown>>

/** RS256 (RFC 7518, 3.3). */
export function signRs256(claims: Claims, { kid, privateKey }: RsaKey, typ = 'JWT'): string {
  const input = encodeInput({ alg: 'RS256', kid, typ }, claims)
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

/** HS256: anyone who knows the secret can make this signature. */
export function signHs256(claims: Claims, secret: string): string {
  const input = encodeInput({ alg: 'HS256', typ: 'JWT' }, claims)
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** The unsecured form (RFC 7519, 6.1). */
export const encodeUnsigned = (claims: Claims): string => `${encodeInput({ alg: 'none', typ: 'JWT' }, claims)}.`

/** The same token with a wrong signature of the right length. */
export function corruptSignature(token: string): string {
  const at = token.lastIndexOf('.') + 1
  const corrupted = Buffer.from(token.slice(at), 'base64url').map(byte => byte ^ 0x5a)
  return token.slice(0, at) + Buffer.from(corrupted).toString('base64url')
}

const encodeInput = (header: Claims, claims: Claims): string => `${encode(header)}.${encode(claims)}`

const encode = (part: Claims): string => Buffer.from(JSON.stringify(part)).toString('base64url')
