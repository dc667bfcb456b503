import { createHash, timingSafeEqual } from 'node:crypto'
import type { ProtocolLink } from './pages.js'
import type { RequestParams } from './params.js'

/** The protocols that the development provider serves. */
export type ServedProtocol = 'oauth2' | 'oidc' | 'oauth1'

const LABELS: Readonly<Record<ServedProtocol, string>> = {
  oauth2: 'OAuth 2.0',
  oidc: 'OpenID Connect',
  oauth1: 'OAuth 1.0a',
}

/** An app that is registered for one of our protocols. */
export interface Client {
  protocol: ServedProtocol
  clientId: string
  /** Undefined: a public client, which does not authenticate and must not send a secret. */
  clientSecret: string | undefined
  /** The name that the page shows. */
  name: string
  /** Where the app starts a sign-in through this protocol. */
  loginUrl: string
  /** Where responses may be sent, each a whole URL. The OAuth 2.0 server only requires the app's origin. */
  redirectUris: readonly string[]
  /** OpenID Connect: where the browser may go after a sign-out here. */
  postLogoutRedirectUris?: readonly string[]
  /** OpenID Connect: where logout tokens are sent after a sign-out here. */
  backchannelLogoutUri?: string
  /** OAuth 1.0a: for RSA-SHA1; a PEM. */
  publicKey?: string
}

interface ClientCredentials {
  id: string | undefined
  secret: string | undefined
}

/**
 * The client that sent a token request, or undefined if it did not authenticate.
 * Confidential clients use Basic or the body, never both (RFC 6749, 2.3).
 */
export function verifyClient(
  clients: readonly Client[],
  authorization: string,
  params: RequestParams,
): Client | undefined {
  const credentials = readCredentials(authorization, params)
  const client = clients.find(({ clientId }) => clientId === credentials?.id)
  return client && constantTimeEqual(client.clientSecret, credentials?.secret) ? client : undefined
}

function readCredentials(authorization: string, params: RequestParams): ClientCredentials | undefined {
  const body = { id: params.get('client_id'), secret: params.get('client_secret') }
  if (authorization === '') return body

  const basic = readBasicCredentials(authorization)
  const alone = body.secret === undefined && (body.id === undefined || body.id === basic?.id)
  return alone ? basic : undefined
}

/** Id and secret are form-encoded first and joined then, so either may hold a colon (RFC 6749, 2.3.1). */
function readBasicCredentials(authorization: string): ClientCredentials | undefined {
  const [, encoded] = /^basic +([a-z0-9+/]+=*)$/i.exec(authorization) ?? []
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? []
  if (id === undefined || secret === undefined) return undefined
  try {
    return { id: formDecode(id), secret: formDecode(secret) }
  } catch {
    return undefined // a percent sign that begins no code
  }
}

const formDecode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

function constantTimeEqual(expected: string | undefined, actual: string | undefined): boolean {
  if (expected === undefined || actual === undefined) return expected === actual
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(expected), digest(actual))
}

/** A link for every protocol that an app is registered for, always in the same order. */
export function protocolLinks(clients: readonly Client[], current: ServedProtocol): ProtocolLink[] {
  const order: readonly ServedProtocol[] = ['oauth2', 'oidc', 'oauth1']
  return order.flatMap(protocol => {
    const client = clients.find(registered => registered.protocol === protocol)
    return client ? [{ label: LABELS[protocol], href: client.loginUrl, current: protocol === current }] : []
  })
}
