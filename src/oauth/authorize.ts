import { ProtocolError } from './errors.js'
import { allOnce, once, RESERVED_AUTHORIZE_PARAMS, withExtras, withQuery } from './params.js'
import { codeChallenge } from './pkce.js'
import { cleanText, errorName } from './text.js'
import type { OAuthClient } from './types.js'

/** What binds one sign-in together; kept by the browser that started it. */
export interface AuthorizationQuestion {
  state: string
  codeVerifier: string
  redirectUri: string
}

declare const checked: unique symbol

/** The parameters of a callback that has passed `readCallback`, and nothing else. */
export interface CallbackParams {
  readonly code: string
  readonly [checked]: true
}

const SAID_LENGTH = 200

/** The URL that asks a provider for a code (RFC 6749, 4.1.1; PKCE: RFC 7636, 4.3). */
export function buildAuthorizationUrl(client: OAuthClient, question: AuthorizationQuestion): string {
  const ours: [string, string][] = [
    ['response_type', 'code'],
    ['client_id', client.clientId],
    ['redirect_uri', question.redirectUri],
  ]
  if (client.scope.length > 0) ours.push(['scope', client.scope.join(' ')])
  ours.push(['state', question.state])
  if (client.pkce) {
    ours.push(['code_challenge', codeChallenge(question.codeVerifier)], ['code_challenge_method', 'S256'])
  }
  const all = withExtras(ours, client.authorizeParams, RESERVED_AUTHORIZE_PARAMS)
  return withQuery(client.authorizeUrl, all, RESERVED_AUTHORIZE_PARAMS)
}

/**
 * The state of a callback (RFC 6749, 4.1.2), by which the attempt is found before anything else is looked at.
 * @throws ProtocolError state_missing, request_malformed
 */
export function readState(params: URLSearchParams): string {
  const state = once(params, 'state')
  if (!state) throw new ProtocolError('state_missing', 'The callback carries no state')
  return state
}

/**
 * Reads a callback whose state was found to be ours. The order is the security: each parameter once (RFC 6749, 3.1),
 * the issuer (RFC 9207, 2.4), an error answer (RFC 6749, 4.1.2.1), then the code.
 * @param expected `issuer`: as the provider is known to send it; without one, `iss` is not looked at
 * @throws ProtocolError request_malformed, issuer_mismatch, provider_denied, provider_error, code_missing
 */
export function readCallback(params: URLSearchParams, expected: { issuer?: string | undefined }): CallbackParams {
  const given = allOnce(params, 'request_malformed')
  refuseOtherIssuer(given.get('iss'), expected.issuer)
  refuseErrorAnswer(given.get('error'), given.get('error_description'))

  const code = given.get('code')
  if (!code) throw new ProtocolError('code_missing', 'The callback carries no code')
  return { code } as CallbackParams
}

function refuseOtherIssuer(issuer: string | undefined, expected: string | undefined): void {
  if (issuer === undefined || expected === undefined || issuer === expected) return
  throw new ProtocolError('issuer_mismatch', `The callback comes from another issuer than ${expected}`)
}

function refuseErrorAnswer(error: string | undefined, description: string | undefined): void {
  if (error === undefined) return
  const said = description === undefined ? undefined : cleanText(description, SAID_LENGTH)
  if (error === 'access_denied') throw new ProtocolError('provider_denied', 'The person did not consent', said)
  throw new ProtocolError(
    'provider_error',
    `The provider answered the authorization with an error ${errorName(error)}`,
    said,
  )
}
