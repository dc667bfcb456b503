import { hmacBase64 } from '../../crypto/digest.js'
import { type RsaPrivateKey, signRsaSha1 } from '../../crypto/rsa-sha1.js'
import type { SignatureMethod } from '../../http/protocol-options.js'
import type { HttpRequest, Params } from '../../http/types.js'
import { percentEncode, signatureBaseString } from './base-string.js'

/** The parts of a client that the signature needs. */
export interface SigningClient {
  /** The consumer key. */
  clientId: string
  /** The consumer secret; RSA-SHA1 does not need it. */
  clientSecret?: string | undefined
  signatureMethod: SignatureMethod
  /** For RSA-SHA1 only. */
  privateKey?: RsaPrivateKey | undefined
}

/** A token with its secret: temporary credentials, or those of a user. */
export interface Credentials {
  token: string
  tokenSecret: string
}

/** The values that make each request unique (RFC 5849, 3.3). */
export interface TimestampAndNonce {
  /** Milliseconds since 1970. */
  now: number
  /** Unique for each second (RFC 5849, 3.3). */
  nonce: string
}

/**
 * A request with its OAuth 1.0a Authorization header (RFC 5849, 3.1, 3.5.1). Query and form parameters are signed as
 * they stand in the request, so nothing may be added afterwards.
 * @param credentials temporary ones or those of a user; undefined for the first request
 * @param more parameters for the header: oauth_callback, oauth_verifier
 * @throws Error for PLAINTEXT without https, for a client without the secret or key of its method, for an unusable URL:
 *   the configuration is wrong
 */
export function signRequest(
  client: SigningClient,
  credentials: Credentials | undefined,
  request: HttpRequest,
  timestampAndNonce: TimestampAndNonce,
  more: Params = [],
): HttpRequest {
  if (client.signatureMethod === 'PLAINTEXT') requireHttps(request.url)
  const params: Params = [
    ['oauth_consumer_key', client.clientId],
    ...(credentials ? [['oauth_token', credentials.token] as const] : []),
    ['oauth_signature_method', client.signatureMethod],
    ['oauth_timestamp', String(Math.floor(timestampAndNonce.now / 1000))],
    ['oauth_nonce', timestampAndNonce.nonce],
    ['oauth_version', '1.0'],
    ...more,
  ]
  const signature = signatureOf(client, credentials?.tokenSecret, signatureBaseString(request, params))
  return {
    ...request,
    headers: { ...request.headers, Authorization: authorization([...params, ['oauth_signature', signature]]) },
  }
}

/** Names and values are percent-encoded, so neither a quote nor a comma can end one (RFC 5849, 3.5.1). */
const authorization = (params: Params): string =>
  `OAuth ${params.map(([name, value]) => `${percentEncode(name)}="${percentEncode(value)}"`).join(', ')}`

/** PLAINTEXT sends both secrets (RFC 5849, 3.4.4). */
function requireHttps(url: string): void {
  if (!/^https:/i.test(url)) throw new Error('The signature method PLAINTEXT sends secrets: it needs an https URL')
}

/**
 * The signature over a base string (RFC 5849, 3.4.2 to 3.4.4; HMAC-SHA256 is the same with another hash).
 * @throws Error for a client without the secret or key of its method
 */
export function signatureOf(client: SigningClient, tokenSecret: string | undefined, baseString: string): string {
  switch (client.signatureMethod) {
    case 'HMAC-SHA1':
      return hmacBase64('sha1', signingKey(client, tokenSecret), baseString)
    case 'HMAC-SHA256':
      return hmacBase64('sha256', signingKey(client, tokenSecret), baseString)
    case 'RSA-SHA1':
      return signRsaSha1(privateKeyOf(client), baseString)
    case 'PLAINTEXT':
      return signingKey(client, tokenSecret)
  }
}

/** Both secrets, each encoded; the ampersand stays if one is missing (RFC 5849, 3.4.2). */
const signingKey = (client: SigningClient, tokenSecret = ''): string =>
  `${percentEncode(secretOf(client))}&${percentEncode(tokenSecret)}`

function secretOf({ clientSecret, signatureMethod }: SigningClient): string {
  if (clientSecret !== undefined) return clientSecret
  throw new Error(`The signature method ${signatureMethod} needs a client secret`)
}

function privateKeyOf({ privateKey, signatureMethod }: SigningClient): RsaPrivateKey {
  if (privateKey) return privateKey
  throw new Error(`The signature method ${signatureMethod} needs a private key`)
}
