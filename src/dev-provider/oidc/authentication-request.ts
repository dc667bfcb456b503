import type { Client } from '../clients.js'
import { AuthorizationError, PageError } from '../errors.js'
import {
  AUTHORIZATION_PARAMETERS,
  findPkceError,
  findRequestError,
  type RequestError,
  readPrintableState,
  readScope,
  requireClient,
} from '../oauth2/authorization-request.js'
import type { RequestParams } from '../params.js'
import { type AuthorizationResponseMode, checkRedirectUri, type RedirectUri } from '../responses.js'

/** A valid authentication request (OpenID Connect Core 1.0, 3.1.2.1). */
export interface AuthenticationRequest {
  client: Client
  redirectUri: RedirectUri
  mode: AuthorizationResponseMode
  state: string | undefined
  scope: readonly string[]
  nonce: string | undefined
  codeChallenge: string | undefined
  /** The first of acr_values: how strong the sign-in should be. We grant every value. */
  acr: string | undefined
}

/** The parameters an authentication request is made of; others are ignored. */
export const AUTHENTICATION_PARAMETERS = [
  ...AUTHORIZATION_PARAMETERS,
  'response_mode',
  'nonce',
  'max_age',
  'prompt',
  'acr_values',
  'request',
  'request_uri',
]

interface Registry {
  clients: readonly Client[]
  appOrigin: string
  issuer: string
}

/**
 * Reads an authentication request, from the address or from our own page: neither is trusted.
 * @throws PageError where the client or its redirect URI is not valid, else AuthorizationError
 */
export function readAuthenticationRequest(
  params: RequestParams,
  { clients, appOrigin, issuer }: Registry,
): AuthenticationRequest {
  const client = requireClient(params, clients)
  const redirectUri = readRedirectUri(params, clients, appOrigin)
  const mode = params.get('response_mode') === 'form_post' ? 'form_post' : 'query'
  const state = readPrintableState(params)
  const requestError = findRequestError(params) ?? findClientPkceError(params, client) ?? findOidcError(params)
  if (requestError) {
    const [error, error_description] = requestError
    throw new AuthorizationError(redirectUri, { error, error_description, state, iss: issuer }, mode)
  }
  return {
    client,
    redirectUri,
    mode,
    state,
    scope: readScope(params),
    nonce: params.get('nonce'),
    codeChallenge: params.get('code_challenge'),
    acr: params.get('acr_values')?.split(' ')[0],
  }
}

/** Exactly as registered, by simple string comparison (OpenID Connect Core 1.0, 3.1.2.1). */
function readRedirectUri(params: RequestParams, clients: readonly Client[], appOrigin: string): RedirectUri {
  const value = params.get('redirect_uri') ?? ''
  const registered = clients.filter(({ clientId }) => clientId === params.get('client_id'))
  const known = registered.some(({ redirectUris }) => redirectUris.includes(value))
  const redirectUri = known ? checkRedirectUri(value, appOrigin) : undefined
  if (redirectUri) return redirectUri
  throw new PageError(
    400,
    'This redirect_uri cannot be used',
    'redirect_uri is not one that this app registered, to the last character. You were not redirected.',
    `redirect_uri=${value}`,
  )
}

/** A client with a secret may leave PKCE out, but must not send only one of its parameters. */
function findClientPkceError(params: RequestParams, client: Client): RequestError | undefined {
  const tried = params.get('code_challenge') ?? params.get('code_challenge_method')
  return tried === undefined && client.clientSecret !== undefined ? undefined : findPkceError(params)
}

function findOidcError(params: RequestParams): RequestError | undefined {
  if (params.get('request')) return ['request_not_supported', 'request is not supported here.']
  if (params.get('request_uri')) return ['request_uri_not_supported', 'request_uri is not supported here.']
  if (!['query', 'form_post'].includes(params.get('response_mode') ?? 'query')) {
    return ['invalid_request', 'response_mode must be query or form_post.']
  }
  if (!readScope(params).includes('openid')) return ['invalid_scope', 'scope must contain openid.']
  if (!/^\d*$/.test(params.get('max_age') ?? '')) return ['invalid_request', 'max_age must be a number of seconds.']
  return findPromptError(params.get('prompt')?.split(' ') ?? [])
}

/** There are no sessions here, so every other prompt shows the page that is shown anyway. */
function findPromptError(prompts: readonly string[]): RequestError | undefined {
  if (!prompts.includes('none')) return undefined
  if (prompts.length > 1) return ['invalid_request', 'prompt none cannot be combined with others.']
  return ['login_required', 'No user is signed in here, and prompt=none allows no page.']
}
