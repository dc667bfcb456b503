import { formEncode, type Pairs } from './params.js'
import type { OAuthClient } from './types.js'

/** How a client shows who it is: in a header, or among the parameters of the body. */
export interface ClientProof {
  headers: Readonly<Record<string, string>>
  params: Pairs
}

/**
 * The client authentication of a token request (RFC 6749, 2.3.1).
 * @throws Error when the method needs a secret and the client has none: a fault of the configuration
 */
export function proveClient(client: OAuthClient): ClientProof {
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

/** Both halves are form-encoded before base64, so that a colon or a letter beyond ASCII survives. */
function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`
}

const formEncoded = (text: string): string => formEncode([['', text]]).slice(1)

function secretOf(client: OAuthClient): string {
  if (client.clientSecret) return client.clientSecret
  throw new Error(`The client authentication ${client.tokenEndpointAuthMethod} needs a client secret`)
}
