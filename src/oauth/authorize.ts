import { sha256 } from '../crypto/digest.js'
import { RESERVED_AUTHORIZE_PARAMS } from '../http/reserved-params.js'
import { ProtocolError } from './errors.js'
import { mergeParams, single, toUniqueMap, withQuery } from './params.js'
import { cleanText, isOAuthErrorCode, isSameButForSlash, safeErrorCode } from './text.js'
import type { OAuthClient } from './types.js'

/** The parameters of one authorization request; the browser that started it stores them. */
export interface AuthorizationParams {
  state: string
  codeVerifier: string
  redirectUri: string
  /** The next four are OpenID Connect's (Core, 3.1.2.1). Each is sent only if it is given. */
  nonce?: string | undefined
  responseMode?: string | undefined
  /** Seconds: the last authentication of the user at the provider must not be older. */
  maxAge?: number | undefined
  acrValues?: readonly string[] | undefined
}

/** The issuer that a callback must carry (RFC 9207, 2.4). */
export interface ExpectedCallbackIssuer {
  /** As the provider is known to send it; without it, `iss` is not read. */
  issuer?: string | undefined
  /** The provider says that it always sends one (RFC 9207, 3). */
  issuerRequired?: boolean | undefined
}

declare const checked: unique symbol

/** The parameters of a callback. Only `readCallback` makes them. */
export interface CallbackParams {
  readonly code: string
  readonly [checked]: true
}

const MAX_PROVIDER_MESSAGE_LENGTH = 200

/** The URL of an authorization request (RFC 6749, 4.1.1; PKCE: RFC 7636, 4.3). */
export function buildAuthorizationUrl(client: OAuthClient, params: AuthorizationParams): string {
  const ours: [string, string][] = [
    ['response_type', 'code'],
    [client.clientIdParam ?? 'client_id', client.clientId],
    ['redirect_uri', params.redirectUri],
  ]
  if (client.scope.length > 0) ours.push(['scope', client.scope.join(client.scopeSeparator ?? ' ')])
  ours.push(['state', params.state], ...openIdParams(params))
  if (client.pkce) {
    ours.push(['code_challenge', codeChallenge(params.codeVerifier)], ['code_challenge_method', 'S256'])
  }
  const all = mergeParams(ours, client.authorizeParams, RESERVED_AUTHORIZE_PARAMS)
  return withQuery(client.authorizeUrl, all, RESERVED_AUTHORIZE_PARAMS)
}

/**
 * The S256 code challenge of a verifier (RFC 7636, 4.2).
 * The method `plain` is not supported, even if a provider offers it (RFC 9700, 2.1.1).
 */
export const codeChallenge = (verifier: string): string => sha256(verifier)

function openIdParams({ nonce, responseMode, maxAge, acrValues = [] }: AuthorizationParams): [string, string][] {
  const params: [string, string | undefined][] = [
    ['nonce', nonce],
    ['response_mode', responseMode],
    ['max_age', maxAge?.toString()],
    ['acr_values', acrValues.join(' ') || undefined],
  ]
  return params.filter((pair): pair is [string, string] => pair[1] !== undefined)
}

/**
 * The state of a callback (RFC 6749, 4.1.2). The attempt is found by it before anything else is read.
 * @throws ProtocolError state_missing, request_malformed
 */
export function readState(params: URLSearchParams): string {
  const state = single(params, 'state')
  if (!state) throw new ProtocolError('state_missing', 'The callback carries no state')
  return state
}

/**
 * Reads a callback whose state is known to be ours. The order is the security: each parameter once (RFC 6749, 3.1), no
 * parameter of another flow, the issuer (RFC 9207, 2.4), an error response (RFC 6749, 4.1.2.1), then the code.
 * @param client `deniedErrors`: the values of `error` with which this provider says that the user refused, beside the
 *   usual ones
 * @throws ProtocolError request_malformed, issuer_mismatch, provider_denied, provider_error, code_missing
 */
export function readCallback(
  params: URLSearchParams,
  expected: ExpectedCallbackIssuer,
  client: AuthorizationClient = {},
): CallbackParams {
  const values = toUniqueMap(params, 'request_malformed')
  rejectOtherFlows(values)
  requireIssuer(values.get('iss'), expected)
  rejectErrorResponse(values.get('error'), values.get('error_description'), client)

  const code = values.get('code')
  if (!code) throw new ProtocolError('code_missing', 'The callback carries no code')
  return { code } as CallbackParams
}

/**
 * We never request tokens through the browser, nor a signed response (JARM): such a callback belongs to another
 * request.
 */
const PARAMS_OF_OTHER_FLOWS = ['response', 'id_token', 'token', 'access_token']

function rejectOtherFlows(values: ReadonlyMap<string, string>): void {
  const name = PARAMS_OF_OTHER_FLOWS.find(other => values.has(other))
  if (name !== undefined)
    throw new ProtocolError('request_malformed', `The callback carries a ${name}, and only a code was asked for`)
}

function requireIssuer(found: string | undefined, { issuer, issuerRequired = false }: ExpectedCallbackIssuer): void {
  if (found === undefined && issuerRequired) {
    throw new ProtocolError(
      'issuer_mismatch',
      'The callback came without the issuer (iss), and the metadata of the provider say that it always sends one',
      { hint: 'issuer_missing' },
    )
  }
  if (found === undefined || issuer === undefined || found === issuer) return
  if (!isSameButForSlash(found, issuer)) {
    throw new ProtocolError('issuer_mismatch', `The callback comes from another issuer than ${issuer}`, {
      hint: 'issuer_other',
    })
  }
  const reason = `The callback comes from another issuer than ${issuer}: one of the two has a slash at its end`
  throw new ProtocolError('issuer_mismatch', reason, { hint: 'issuer_spelling' })
}

/** The parts of the authorization request that decide what an error means. */
interface AuthorizationClient extends Partial<Pick<OAuthClient, 'authorizeParams'>> {
  authorizeUrl?: string | undefined
  deniedErrors?: readonly string[] | undefined
}

/**
 * The provider had to interact with the user (OpenID Connect Core, 3.1.2.6). Without `prompt=none` it did so, and the
 * user refused: LemonLDAP::NG sends these codes then.
 */
const INTERACTION_ERRORS = ['consent_required', 'interaction_required', 'login_required', 'account_selection_required']

function rejectErrorResponse(
  error: string | undefined,
  description: string | undefined,
  client: AuthorizationClient,
): void {
  if (error === undefined) return
  const providerMessage = description === undefined ? undefined : cleanText(description, MAX_PROVIDER_MESSAGE_LENGTH)
  const isInteractionRequired = INTERACTION_ERRORS.includes(error)
  if (isInteractionRequired && isPromptNone(client)) {
    const reason = `The provider has to ask the person first (${error}), and prompt=none forbids that`
    throw new ProtocolError('provider_error', reason, { providerMessage, hint: 'prompt_none' })
  }
  if (isInteractionRequired || error === 'access_denied' || client.deniedErrors?.includes(error)) {
    throw new ProtocolError(
      'provider_denied',
      `The person did not consent${isInteractionRequired ? ` (${error})` : ''}`,
      {
        providerMessage,
      },
    )
  }
  const oauthError = isOAuthErrorCode(error) ? error : undefined
  throw new ProtocolError(
    'provider_error',
    `The provider answered the authorization with an error ${safeErrorCode(error)}`,
    { providerMessage, oauthError },
  )
}

/** Whether `prompt=none` was sent: among the parameters, or in the endpoint's own query. */
function isPromptNone({ authorizeParams = [], authorizeUrl }: AuthorizationClient): boolean {
  const requested = authorizeParams.find(([name]) => name === 'prompt')?.[1]
  const own = authorizeUrl === undefined ? null : new URL(authorizeUrl).searchParams.get('prompt')
  return (requested ?? own) === 'none'
}
