import { createHash, hkdfSync } from 'node:crypto'
import { hmac, timingSafeEqual } from './digest.js'
import { open, seal } from './seal.js'

/** The purpose of a derived key. A value made for one purpose cannot be used for another one. */
export type Purpose = 'attempt' | 'flash' | 'csrf' | 'provider-token' | 'form-post'

/** Seals and opens under the keys of one purpose; a sealed value begins with the id of its key. */
export interface Sealer {
  /** The ids of the keys that can open values, newest first. */
  keyIds: readonly string[]
  seal(text: string, context: string): string
  open(sealed: string, context: string): string | undefined
}

/** Signs and verifies under the keys of one purpose. */
export interface Signer {
  sign(text: string): string
  verify(text: string, signature: string): boolean
}

export interface Keyring {
  sealer(purpose: Purpose): Sealer
  signer(purpose: Purpose): Signer
}

/**
 * A keyring over `SECRET_KEYS`: the first key seals and signs, all of them open and verify.
 * Each purpose has its own key, derived with HKDF-SHA-256 (RFC 5869).
 * @param secrets 32 bytes each, in base64url, newest first
 */
export function createKeyring(secrets: readonly string[]): Keyring {
  const [newest] = secrets
  if (newest === undefined) throw new Error('A keyring needs at least one key')

  return {
    sealer(purpose) {
      const keys = new Map(secrets.map(secret => [keyId(secret), deriveKey(secret, purpose)]))
      const id = keyId(newest)
      const current = deriveKey(newest, purpose)
      return {
        keyIds: [...keys.keys()],
        seal: (text, context) => `${id}.${seal(current, text, context)}`,
        open(sealed, context) {
          const under = keyIdOf(sealed)
          const key = keys.get(under)
          return key && open(key, sealed.slice(under.length + 1), context)
        },
      }
    },
    signer(purpose) {
      const keys = secrets.map(secret => deriveKey(secret, purpose))
      const current = deriveKey(newest, purpose)
      return {
        sign: text => hmac(current, text),
        verify: (text, signature) => keys.some(key => timingSafeEqual(hmac(key, text), signature)),
      }
    },
  }
}

/** The id of the key in a sealed value; empty if it has no id. */
export const keyIdOf = (sealed: string): string => /^([\w-]{8})\./.exec(sealed)?.[1] ?? ''

/** A public id of a key: it shows which key sealed a value, and nothing about the key. */
function keyId(secret: string): string {
  return createHash('sha256').update('vestibule key id').update(secret).digest('base64url').slice(0, 8)
}

function deriveKey(secret: string, purpose: Purpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', Buffer.from(secret, 'base64url'), '', `vestibule ${purpose}`, 32))
}
