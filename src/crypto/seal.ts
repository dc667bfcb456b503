import { createCipheriv, createDecipheriv } from 'node:crypto'
import { randomBytes } from './random.js'

const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals a text with AES-256-GCM (NIST SP 800-38D) and a random 96-bit nonce.
 * @param key 32 bytes
 * @param context additional data: only the same context opens the value
 * @returns base64url of nonce, ciphertext and tag
 */
export function seal(key: Uint8Array, text: string, context: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(context))
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

/** Opens a value that `seal` made. For any other text the result is `undefined`. */
export function open(key: Uint8Array, sealed: string, context: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  // Node's decoder ignores characters outside base64url, so one value would have many spellings.
  if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return undefined
  }
}
