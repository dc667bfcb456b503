import { createHmac, sign } from 'node:crypto'
import type { RsaKey } from './keys.js'

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
