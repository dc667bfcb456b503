import type { Params } from '../http/types.js'
import type { OAuthClient } from './types.js'

/** The client authentication of a request: in a header, or among the parameters of the body. */
export interface ClientAuth {
  headers: Readonly<Record<string, string>>
  params: Params
}

/**
 * The client authentication of a token request (RFC 6749, 2.3.1).
 * @throws Error when the method needs a secret and the client has none: the configuration is wrong
 */
export function authenticateClient(client: OAuthClient): ClientAuth {
  const id = [client.clientIdParam ?? 'client_id', client.clientId] as const
  switch (client.tokenEndpointAuthMethod) {
    case 'none':
      return { headers: {}, params: [id] }
    case 'client_secret_post':
      return { headers: {}, params: [id, ['client_secret', secretOf(client)]] }
    case 'client_secret_basic':
      return { headers: { Authorization: basic(client.clientId, secretOf(client)) }, params: [] }
  }
}

/**
 * RFC 6749, 2.3.1 requires form encoding before base64. Many servers do not decode it, so only those characters are
 * encoded that a decoder would change, or that cannot be sent. A server that decodes reads the right secret; a server
 * that does not decode reads the right secret too, unless the secret contains one of these characters.
 */
function basic(id: string, secret: string): string {
  const halves = `${encodeMatches(ENCODED_IN_ID, id)}:${encodeMatches(ENCODED_IN_SECRET, secret)}`
  return `Basic ${Buffer.from(halves).toString('base64')}`
}

/**
 * A colon ends the id (RFC 7617, 2). A space is encoded as `%20`, which form decoders and percent decoders read alike.
 */
const ENCODED_IN_ID = /[^\x21-\x24\x26-\x2a\x2c-\x39\x3b-\x7e]+/g
const ENCODED_IN_SECRET = /[^\x21-\x24\x26-\x2a\x2c-\x7e]+/g

const encodeMatches = (encoded: RegExp, text: string): string =>
  text.replace(encoded, part => Buffer.from(part).toString('hex').toUpperCase().replace(/../g, '%$&'))

/** Whether a server that does not decode client_secret_basic reads another id or secret than the right one. */
export function isChangedByBasicAuth({
  tokenEndpointAuthMethod,
  clientId = '',
  clientSecret = '',
}: Partial<OAuthClient>) {
  if (tokenEndpointAuthMethod !== 'client_secret_basic') return false
  return clientId.search(ENCODED_IN_ID) >= 0 || clientSecret.search(ENCODED_IN_SECRET) >= 0
}

function secretOf(client: OAuthClient): string {
  if (client.clientSecret) return client.clientSecret
  throw new Error(`The client authentication ${client.tokenEndpointAuthMethod} needs a client secret`)
}
