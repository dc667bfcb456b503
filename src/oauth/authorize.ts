import { ProtocolError } from './errors.js'
import { allOnce, once, RESERVED_AUTHORIZE_PARAMS, withExtras, withQuery } from './params.js'
import { codeChallenge } from './pkce.js'
import { cleanText, errorName, isErrorName, isSameButForSlash } from './text.js'
import type { OAuthClient } from './types.js'

/** What binds one sign-in together; kept by the browser that started it. */
export interface AuthorizationQuestion {
  state: string
  codeVerifier: string
  redirectUri: string
  /** These are OpenID Connect's (Core, 3.1.2.1), each sent where it is given. */
  nonce?: string | undefined
  responseMode?: string | undefined
  /** Seconds since the person last proved at the provider who they are. */
  maxAge?: number | undefined
  acrValues?: readonly string[] | undefined
}

/** What a callback has to say of its issuer (RFC 9207, 2.4). */
export interface ExpectedIssuer {
  /** As the provider is known to send it; without one, `iss` is not looked at. */
  issuer?: string | undefined
  /** The provider says that it always sends one (RFC 9207, 3). */
  issuerRequired?: boolean | undefined
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
    [client.clientIdParam ?? 'client_id', client.clientId],
    ['redirect_uri', question.redirectUri],
  ]
  if (client.scope.length > 0) ours.push(['scope', client.scope.join(client.scopeSeparator ?? ' ')])
  ours.push(['state', question.state], ...openIdPairs(question))
  if (client.pkce) {
    ours.push(['code_challenge', codeChallenge(question.codeVerifier)], ['code_challenge_method', 'S256'])
  }
  const all = withExtras(ours, client.authorizeParams, RESERVED_AUTHORIZE_PARAMS)
  return withQuery(client.authorizeUrl, all, RESERVED_AUTHORIZE_PARAMS)
}

function openIdPairs({ nonce, responseMode, maxAge, acrValues = [] }: AuthorizationQuestion): [string, string][] {
  const pairs: [string, string | undefined][] = [
    ['nonce', nonce],
    ['response_mode', responseMode],
    ['max_age', maxAge?.toString()],
    ['acr_values', acrValues.join(' ') || undefined],
  ]
  return pairs.filter((pair): pair is [string, string] => pair[1] !== undefined)
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
 * none of another flow, the issuer (RFC 9207, 2.4), an error answer (RFC 6749, 4.1.2.1), then the code.
 * @param client `deniedErrors`: what the provider says in `error` where the person said no, beside what all say
 * @throws ProtocolError request_malformed, issuer_mismatch, provider_denied, provider_error, code_missing
 */
export function readCallback(
  params: URLSearchParams,
  expected: ExpectedIssuer,
  client: AskingClient = {},
): CallbackParams {
  const given = allOnce(params, 'request_malformed')
  refuseOtherFlows(given)
  refuseOtherIssuer(given.get('iss'), expected)
  refuseErrorAnswer(given.get('error'), given.get('error_description'), client)

  const code = given.get('code')
  if (!code) throw new ProtocolError('code_missing', 'The callback carries no code')
  return { code } as CallbackParams
}

/** Nobody asked for tokens by way of the browser, nor for a signed answer (JARM): whoever sends one means somebody else. */
const OF_OTHER_FLOWS = ['response', 'id_token', 'token', 'access_token']

function refuseOtherFlows(given: ReadonlyMap<string, string>): void {
  const name = OF_OTHER_FLOWS.find(other => given.has(other))
  if (name !== undefined)
    throw new ProtocolError('request_malformed', `The callback carries a ${name}, and only a code was asked for`)
}

function refuseOtherIssuer(found: string | undefined, { issuer, issuerRequired = false }: ExpectedIssuer): void {
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

/** How the authorization was asked for, as far as it says what an error means. */
interface AskingClient extends Partial<Pick<OAuthClient, 'authorizeParams'>> {
  authorizeUrl?: string | undefined
  deniedErrors?: readonly string[] | undefined
}

/**
 * The provider had to ask the person something (OpenID Connect Core, 3.1.2.6). Without `prompt=none` it did, and got no
 * consent: LemonLDAP::NG says it so.
 */
const MUST_ASK = ['consent_required', 'interaction_required', 'login_required', 'account_selection_required']

function refuseErrorAnswer(error: string | undefined, description: string | undefined, client: AskingClient): void {
  if (error === undefined) return
  const said = description === undefined ? undefined : cleanText(description, SAID_LENGTH)
  const mustAsk = MUST_ASK.includes(error)
  if (mustAsk && mayNotAsk(client)) {
    const reason = `The provider has to ask the person first (${error}), and prompt=none forbids that`
    throw new ProtocolError('provider_error', reason, { said, hint: 'prompt_none' })
  }
  if (mustAsk || error === 'access_denied' || client.deniedErrors?.includes(error)) {
    throw new ProtocolError('provider_denied', `The person did not consent${mustAsk ? ` (${error})` : ''}`, { said })
  }
  const oauthError = isErrorName(error) ? error : undefined
  throw new ProtocolError(
    'provider_error',
    `The provider answered the authorization with an error ${errorName(error)}`,
    { said, oauthError },
  )
}

/** Whether `prompt=none` was sent: among the parameters, or in the endpoint's own query. */
function mayNotAsk({ authorizeParams = [], authorizeUrl }: AskingClient): boolean {
  const given = authorizeParams.find(([name]) => name === 'prompt')?.[1]
  const own = authorizeUrl === undefined ? null : new URL(authorizeUrl).searchParams.get('prompt')
  return (given ?? own) === 'none'
}
