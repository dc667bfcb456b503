import { createHash, timingSafeEqual } from 'node:crypto'
import type { Params } from './params.js'

/** The protocols that the development provider serves. */
export type ServedProtocol = 'oauth2' | 'oidc' | 'oauth1'

/** An app that is registered for one of our protocols. */
export interface Client {
  protocol: ServedProtocol
  clientId: string
  /** Undefined: a public client, which proves nothing and must not send a secret. */
  clientSecret: string | undefined
  /** The name that the page shows. */
  name: string
  /** Where the app starts a sign-in through this protocol. */
  loginUrl: string
  /** Where responses may go, each complete. The OAuth 2.0 server asks for no more than the app's origin. */
  redirectUris: readonly string[]
  /** OpenID Connect: where the browser may go after a sign-out here. */
  postLogoutRedirectUris?: readonly string[]
  /** OpenID Connect: where logout tokens are sent after a sign-out here. */
  backchannelLogoutUri?: string
  /** OAuth 1.0a: for RSA-SHA1; a PEM. */
  publicKey?: string
}

interface CredentialStore {
  id: string | undefined
  secret: string | undefined
}

/**
 * The client that sent a token request, or undefined if it could not prove who it is.
 * Confidential clients use Basic or the body, never both (RFC 6749, 2.3).
 */
export function authenticateClient(
  clients: readonly Client[],
  authorization: string,
  params: Params,
): Client | undefined {
  const credentials = readCredentials(authorization, params)
  const client = clients.find(({ clientId }) => clientId === credentials?.id)
  return client && equal(client.clientSecret, credentials?.secret) ? client : undefined
}

function readCredentials(authorization: string, params: Params): CredentialStore | undefined {
  const body = { id: params.get('client_id'), secret: params.get('client_secret') }
  if (authorization === '') return body

  const basic = readBasic(authorization)
  const alone = body.secret === undefined && (body.id === undefined || body.id === basic?.id)
  return alone ? basic : undefined
}

/** Id and secret are form-encoded first and joined then, so either may hold a colon (RFC 6749, 2.3.1). */
function readBasic(authorization: string): CredentialStore | undefined {
  const [, encoded] = /^basic +([a-z0-9+/]+=*)$/i.exec(authorization) ?? []
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? []
  if (id === undefined || secret === undefined) return undefined
  try {
    return { id: formDecode(id), secret: formDecode(secret) }
  } catch {
    return undefined // a stray percent sign
  }
}

const formDecode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

function equal(wanted: string | undefined, found: string | undefined): boolean {
  if (wanted === undefined || found === undefined) return wanted === found
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(wanted), digest(found))
}
