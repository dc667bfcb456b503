import { isSignatureAlg, type SignatureAlg, type SigningKey, sign } from '../crypto/signature.js'
import { ProtocolError, type ProtocolHint } from './errors.js'
import { isObject } from './response.js'
import type { Json, JsonObject } from './types.js'

/** The fields of a header that are used. The keys that it may contain (`jwk`, `jku`, `x5u`, `x5c`) are never read. */
export interface JwtHeader {
  readonly alg: SignatureAlg
  readonly kid: string | undefined
  readonly typ: string | undefined
}

/** A JWT in readable form. Nothing in it may be trusted before its signature is verified. */
export interface UnverifiedJwt {
  readonly header: JwtHeader
  readonly claims: JsonObject
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

/** Characters. Some providers list the groups of the user in it. */
const MAX_JWT_LENGTH = 65_536
const MAX_KID_LENGTH = 512

/**
 * Reads a JWT in the compact form of a JWS (RFC 7515, 7.1; RFC 7519, 7.2) with one of the asymmetric algorithms.
 * Each token has exactly one spelling: base64url without padding or unused bits, UTF-8, no member named twice.
 * @throws ProtocolError id_token_invalid
 */
export function readJwt(text: string): UnverifiedJwt {
  if (text === '') throw invalidToken('is empty, or no text')
  if (text.length > MAX_JWT_LENGTH) throw invalidToken(`is longer than ${MAX_JWT_LENGTH} characters`)
  const [header = '', claims = '', signature = '', ...more] = text.split('.', 6)
  // RFC 7516, 7.1.
  if (more.length === 2)
    throw invalidToken('has more than three parts, as encrypted ones have: let the provider sign it only')
  if (more.length > 0) throw invalidToken('has more than three parts')
  return {
    header: readHeader(readPart(header, 'header')),
    claims: readPart(claims, 'payload'),
    signedBytes: Buffer.from(text.slice(0, header.length + 1 + claims.length), 'latin1'),
    signature: decode(signature, 'signature'),
  }
}

/**
 * Signs a JWT of our own (RFC 7515, 3.1).
 * @throws Error if the key does not fit the algorithm: the configuration is wrong
 */
export function signJwt(parts: { alg: SignatureAlg; key: SigningKey; kid: string; claims: JsonObject }): string {
  const { alg, key, kid, claims } = parts
  const signed = `${encode({ alg, kid, typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${sign(alg, key, Buffer.from(signed, 'latin1')).toString('base64url')}`
}

const encode = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function readHeader(header: JsonObject): JwtHeader {
  // Both require extensions (RFC 7515, 4.1.11; RFC 7797 for `b64`), and no extension is supported here.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) throw invalidToken('asks for an extension of JWS')
  const { alg, kid, typ } = header
  if (!isSignatureAlg(alg)) throw unsupportedAlg(alg)
  if (!isTextOrAbsent(kid) || (kid?.length ?? 0) > MAX_KID_LENGTH) throw invalidToken('has an unusable kid')
  if (!isTextOrAbsent(typ)) throw invalidToken('has an unusable typ')
  return { alg, kid, typ }
}

/** LemonLDAP::NG signs with HS512 by default, authentik without a key with HS256. */
function unsupportedAlg(alg: Json | undefined): ProtocolError {
  return invalidToken(
    `${howSigned(alg)}: let the provider sign with RS256 or ES256 for this client`,
    'signing_algorithm',
  )
}

/** The registered names (RFC 7518, 3.1, and later RFCs); any other text could be a secret. */
const JOSE_ALG = /^(?:[HREP]S\d{3}K?|Ed\w{3,5}|ML-DSA-\d\d|none)$/i

function howSigned(alg: Json | undefined): string {
  if (typeof alg !== 'string' || !JOSE_ALG.test(alg)) return 'names no algorithm known here'
  if (/^none$/i.test(alg)) return `is not signed (${alg})`
  if (/^HS/i.test(alg)) return `is signed with ${alg}, whose key would be the client secret`
  return `is signed with ${alg}, which cannot be verified here`
}

const isTextOrAbsent = (value: Json | undefined): value is string | undefined =>
  value === undefined || typeof value === 'string'

function readPart(part: string, name: string): JsonObject {
  const text = textOf(decode(part, name), name)
  const value = parse(text)
  if (!isObject(value)) throw invalidToken(`has a ${name} that is not a JSON object`)
  if (membersIn(text) !== countMembers(value, MAX_JSON_DEPTH)) {
    throw invalidToken(`has a ${name} that names a member twice, or is nested too deep`)
  }
  return value
}

/** Node's decoder ignores invalid characters, so without the comparison one token would have many spellings. */
function decode(part: string, name: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.length > 0 && bytes.toString('base64url') === part) return bytes
  throw invalidToken(part === '' ? `has no ${name}` : `has a ${name} that is not base64url`)
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw invalidToken(`has a ${name} that is not UTF-8`)
  }
}

/** Unlike `readJson` it leaves integers beyond 2^53 as numbers: a `sub` that is a number must not become a text. */
function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g

/**
 * Each member of a JSON text has one colon outside of the strings. Of two with one name, JSON.parse returns the last.
 */
const membersIn = (text: string): number => text.replace(STRING, '').split(':').length - 1

const MAX_JSON_DEPTH = 32

function countMembers(value: Json, levels: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (levels === 0) return Number.POSITIVE_INFINITY
  const inner = Object.values(value)
  return inner.reduce<number>(
    (sum, one) => sum + countMembers(one, levels - 1),
    Array.isArray(value) ? 0 : inner.length,
  )
}

const invalidToken = (what: string, hint?: ProtocolHint) =>
  new ProtocolError('id_token_invalid', `The token ${what}`, { hint })
