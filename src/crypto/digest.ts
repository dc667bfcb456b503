import { createHmac, hash, timingSafeEqual as timingSafeEqualBytes } from 'node:crypto'

/** SHA-256 of the UTF-8 text, in base64url: 43 characters. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url')

/** HMAC-SHA-256 of the UTF-8 text, in base64url: 43 characters. */
export const hmac = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url')

/** HMAC of the UTF-8 text under a UTF-8 key, in base64 with padding, for OAuth 1.0a (RFC 5849, 3.4.2). */
export const hmacBase64 = (hash: 'sha1' | 'sha256', key: string, text: string): string =>
  createHmac(hash, key).update(text).digest('base64')

/**
 * Compares two secrets in constant time. Both are hashed first, because the function of node:crypto throws on unequal
 * lengths.
 */
export function timingSafeEqual(one: string, other: string): boolean {
  const digest = (text: string) => hash('sha256', text, 'buffer')
  return timingSafeEqualBytes(digest(one), digest(other))
}
