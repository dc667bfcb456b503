import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'

declare const checked: unique symbol

/** A checked private RSA key. Only `readRsaPrivateKey` makes one. */
export type RsaPrivateKey = KeyObject & { readonly [checked]: true }

/**
 * Half of the usual size today, because the manuals of old providers tell developers to register keys of 1,024 bits.
 */
const MIN_KEY_BITS = 1024

/**
 * Reads a private RSA key in PEM (PKCS #1 or PKCS #8) that needs no passphrase.
 * @throws Error whose message contains no part of the key
 */
export function readRsaPrivateKey(pem: string): RsaPrivateKey {
  const key = parse(pem)
  if (key.asymmetricKeyType !== 'rsa') throw new Error('The private key is no RSA key')
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < MIN_KEY_BITS) throw new Error(`The private key has ${bits} bits; ${MIN_KEY_BITS} are the least`)
  return key as RsaPrivateKey
}

/** The public key in PEM (SPKI), with which the provider verifies the signatures. */
export const publicKeyOf = (key: RsaPrivateKey): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()

/**
 * RSASSA-PKCS1-v1_5 with SHA-1 over the UTF-8 text, in base64 (RFC 8017, 8.2.1). Only for OAuth 1.0a (RFC 5849, 3.4.3).
 */
export const signRsaSha1 = (key: RsaPrivateKey, text: string): string =>
  sign('sha1', Buffer.from(text), key).toString('base64')

function parse(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    // The message of OpenSSL helps only readers who know OpenSSL.
    throw new Error('The private key cannot be read: it must be PEM, private and without a passphrase')
  }
}
