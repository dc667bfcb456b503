import { createHash, createHmac, timingSafeEqual, verify } from 'node:crypto'

/** A parameter, decoded. */
export type NameAndValue = readonly [name: string, value: string]

export interface SignatureInput {
  method: string
  /** Of the request; its query is ignored here, because it is among the pairs. */
  url: string
  /** From header, query and form, without realm and oauth_signature. */
  pairs: readonly NameAndValue[]
}

/** What a request may be signed with; the token's secret is empty where there is no token yet. */
export interface SigningSecrets {
  clientSecret: string | undefined
  /** A PEM. */
  publicKey: string | undefined
  tokenSecret: string
}

type SignatureCheck = (base: string, signature: string, secrets: SigningSecrets) => boolean

/** PLAINTEXT is not among them: our URLs are http, where everyone could read it (RFC 5849, 3.4.4). */
const SIGNATURE_CHECKS: Readonly<Record<string, SignatureCheck>> = {
  'HMAC-SHA1': checkHmac('sha1'),
  'HMAC-SHA256': checkHmac('sha256'),
  'RSA-SHA1': (base, signature, { publicKey = '' }) =>
    verify('sha1', Buffer.from(base), publicKey, Buffer.from(signature, 'base64')),
}

/** How requests signed this way are checked; undefined where this client cannot sign this way. */
export function findSignatureCheck(
  signatureMethod: string,
  client: Omit<SigningSecrets, 'tokenSecret'>,
): SignatureCheck | undefined {
  const possible = signatureMethod === 'RSA-SHA1' ? client.publicKey : client.clientSecret
  return possible !== undefined && Object.hasOwn(SIGNATURE_CHECKS, signatureMethod)
    ? SIGNATURE_CHECKS[signatureMethod]
    : undefined
}

function checkHmac(algorithm: string): SignatureCheck {
  return (base, signature, { clientSecret = '', tokenSecret }) => {
    const key = `${percentEncode(clientSecret)}&${percentEncode(tokenSecret)}`
    return constantTimeEqual(createHmac(algorithm, key).update(base).digest('base64'), signature)
  }
}

/** RFC 5849, 3.4.1. */
export function signatureBase({ method, url, pairs }: SignatureInput): string {
  const { origin, pathname } = new URL(url)
  const encoded = pairs.map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
  // By name first: joined, "a=" would come after "a1", since "=" is greater than a digit.
  const sorted = encoded.sort(([a, x], [b, y]) => compareBytes(a, b) || compareBytes(x, y))
  const normalized = sorted.map(pair => pair.join('=')).join('&')
  return [method.toUpperCase(), origin + pathname, normalized].map(percentEncode).join('&')
}

/** RFC 5849, 3.6: more is escaped than encodeURIComponent escapes. */
const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

/** By bytes; what is percent-encoded has only one-byte characters. */
const compareBytes = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

function constantTimeEqual(expected: string, actual: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(expected), digest(actual))
}
