import type { Client } from '../clients.js'
import { AuthorizationError, PageError } from '../errors.js'
import type { RequestParams } from '../params.js'
import { checkRedirectUri, type RedirectUri } from '../responses.js'

/** A valid authorization request (RFC 6749, 4.1.1, and RFC 7636, 4.3). */
export interface AuthorizationRequest {
  client: Client
  redirectUri: RedirectUri
  state: string | undefined
  scope: readonly string[]
  codeChallenge: string
}

/** The parameters an authorization request is made of; others are ignored. */
export const AUTHORIZATION_PARAMETERS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
] as const

/**
 * Reads an authorization request, from the address or from our own page: neither is trusted.
 * @throws PageError where the client or its redirect URI is not valid, else AuthorizationError
 */
export function readAuthorizationRequest(
  params: RequestParams,
  clients: readonly Client[],
  appOrigin: string,
): AuthorizationRequest {
  const client = requireClient(params, clients)
  const redirectUri = readRedirectUri(params, appOrigin)
  const requestError = findRequestError(params) ?? findPkceError(params)
  if (requestError) {
    const [error, error_description] = requestError
    throw new AuthorizationError(redirectUri, { error, error_description, state: readPrintableState(params) })
  }
  return {
    client,
    redirectUri,
    state: readPrintableState(params),
    scope: readScope(params),
    codeChallenge: params.get('code_challenge') ?? '',
  }
}

/**
 * The app that sent the request.
 * @throws PageError if it is not registered
 */
export function requireClient(params: RequestParams, clients: readonly Client[]): Client {
  const clientId = params.get('client_id')
  const client = clients.find(known => known.clientId === clientId)
  if (client) return client
  throw new PageError(
    400,
    'This app is not known here',
    'client_id is not one of a registered app.',
    `client_id=${clientId ?? ''}`,
  )
}

function readRedirectUri(params: RequestParams, appOrigin: string): RedirectUri {
  const value = params.get('redirect_uri')
  const redirectUri = value && checkRedirectUri(value, appOrigin)
  if (redirectUri) return redirectUri
  throw new PageError(
    400,
    'This redirect_uri cannot be used',
    `redirect_uri must be an address of ${appOrigin}, complete and without a fragment. You were not redirected.`,
    `redirect_uri=${value ?? ''}`,
  )
}

/** An error code and its explanation, in the characters RFC 6749, 4.1.2.1 allows. */
export type RequestError = readonly [error: string, description: string]

/** What is wrong with a request, in OAuth 2.0 and OpenID Connect alike. */
export function findRequestError(params: RequestParams): RequestError | undefined {
  const state = params.get('state') ?? ''
  const scope = params.get('scope') ?? ''
  if (params.repeated.length > 0) return ['invalid_request', 'A parameter may come only once.']
  if (!params.get('response_type')) return ['invalid_request', 'response_type is missing.']
  if (params.get('response_type') !== 'code') return ['unsupported_response_type', 'response_type must be code.']
  if (!PRINTABLE_ASCII.test(state)) return ['invalid_request', 'state has characters outside printable ASCII.']
  if (!SCOPE_CHARACTERS.test(scope)) return ['invalid_scope', 'scope has characters that are not allowed.']
  return undefined
}

/** What is wrong with its code_challenge. */
export function findPkceError(params: RequestParams): RequestError | undefined {
  const challenge = params.get('code_challenge')
  if (!challenge) return ['invalid_request', 'code_challenge is missing: PKCE is required here (RFC 7636).']
  // Absent means plain (RFC 7636, 4.3), which does not protect against an attacker who can read the request.
  if (params.get('code_challenge_method') !== 'S256') return ['invalid_request', 'code_challenge_method must be S256.']
  if (!/^[\w-]{43}$/.test(challenge)) return ['invalid_request', 'code_challenge must be a SHA-256 in base64url.']
  return undefined
}

/** Each scope once. */
export const readScope = (params: RequestParams): string[] => [
  ...new Set(params.get('scope')?.split(' ').filter(Boolean)),
]

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
const SCOPE_CHARACTERS = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** A state with characters that are not allowed is not sent back. */
export function readPrintableState(params: RequestParams): string | undefined {
  const state = params.get('state')
  return state !== undefined && PRINTABLE_ASCII.test(state) ? state : undefined
}
