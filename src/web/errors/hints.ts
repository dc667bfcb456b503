import {
  type AccountError,
  type FailedExchange,
  isTransient,
  type ProtocolHint,
  type ProtocolStep,
  settingName,
} from '../../accounts/errors.js'
import type { ProtocolName } from '../../config/types.js'
import type { WebDeps } from '../deps.js'
import type { ErrorCode } from './error-pages.js'

interface FailureToExplain {
  code: ErrorCode
  failure: FailedExchange
  /** The name of the provider, where it is known. */
  provider: string | undefined
  accountError: AccountError | undefined
}

/** What the operator can do about an error, with the names of the settings; null where there is nothing to do. */
export function operatorHint(
  deps: WebDeps,
  { code, failure, provider, accountError }: FailureToExplain,
): string | null {
  if (code === 'attempt_missing') return hostMismatchHint(deps, accountError)
  const byCode = HINTS_BY_CODE[code]
  if (byCode) return byCode
  if (provider === undefined) return null
  const facts = hintFacts(deps, provider, code, failure)
  const byCause: Hint | undefined = failure.hint && HINTS_BY_CAUSE[failure.hint]
  return byCause ? byCause(facts) : stepHint(facts)
}

function hintFacts(
  { links, providers, publicUrl }: WebDeps,
  provider: string,
  code: ErrorCode,
  failure: FailedExchange,
): HintFacts {
  const { protocol = 'oauth2', callbackPath = '' } = providers.get(provider) ?? {}
  return {
    code,
    failure,
    protocol,
    setting: suffix => settingName(provider, suffix),
    callbackUrl: publicUrl + links.callback(callbackPath),
  }
}

function hostMismatchHint({ hostMismatches, publicUrl }: WebDeps, error: AccountError | undefined): string | null {
  const origin = hostMismatches.find(error?.attemptId)?.origin
  if (!origin) return null
  return `You opened ${origin}, but PUBLIC_URL is ${publicUrl}; cookies of one are not sent to the other. Open ${publicUrl}, or change PUBLIC_URL.`
}

/** Errors that are not about an exchange with a provider. */
const HINTS_BY_CODE: Partial<Record<ErrorCode, string>> = {
  not_admitted: 'ALLOWED_USERS says who may sign in. Add a rule for this account, or correct what is missing.',
  store_unavailable: 'DATABASE_URL names the database.',
}

/** What a hint can mention. */
interface HintFacts {
  code: string
  failure: FailedExchange
  protocol: ProtocolName
  /** The name of a setting of this provider. */
  setting(suffix: string): string
  /** The URL that has to be registered with the provider. */
  callbackUrl: string
}

/** Says what to do, in sentences with the names of the settings. */
type Hint = (facts: HintFacts) => string

/** What to do about a cause that the protocol layer names. */
const HINTS_BY_CAUSE: Record<ProtocolHint, Hint> = {
  prompt_none: ({ setting }) =>
    `The provider may not ask the user anything, because prompt=none is sent. Remove it from ${setting('AUTHORIZE_PARAMS')} or from ${setting('AUTHORIZE_URL')}.`,
  issuer_missing: () =>
    'The metadata of the provider promise the issuer (iss) in each callback. Without it this app cannot know which provider responded, and no setting allows that. Look at what is between the provider and this app, and whether the metadata belong to the version that runs.',
  issuer_other: facts =>
    facts.failure.step === 'authorization'
      ? `Another provider responded than the one that was asked, or ${issuerSetting(facts)} is not the one that you mean.`
      : `Set ${facts.setting('ISSUER')} to the issuer (iss) that the provider writes into its ID tokens, to the letter.`,
  issuer_spelling: facts =>
    `An issuer counts to the letter, a slash at its end too. ${
      facts.protocol === 'oidc'
        ? `Write ${facts.setting('ISSUER')} as the provider does.`
        : `Look whether ${facts.setting('AUTHORIZE_URL')} is the one you mean.`
    }`,
  verifier_missing: () =>
    'A provider of OAuth 1.0a sends the browser back with oauth_verifier. If this one never does, it knows only OAuth 1.0, which is not safe and not supported.',
  client_refused: ({ setting, protocol }) =>
    protocol === 'oauth1'
      ? `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} is not what the provider has registered, or the clock of this machine is wrong.`
      : `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} is not what the provider has registered. Some providers accept a secret in one way only: if both are right, try ${setting('TOKEN_ENDPOINT_AUTH_METHOD')}=client_secret_post or client_secret_basic.`,
  client_refused_encoded: ({ setting }) =>
    `${setting('CLIENT_ID')} or ${setting('CLIENT_SECRET')} has characters that client_secret_basic has to encode, and some providers do not decode them. If both are right, set ${setting('TOKEN_ENDPOINT_AUTH_METHOD')}=client_secret_post.`,
  id_token_missing: ({ setting }) =>
    `A provider sends an ID token only where openid is one of the scopes. Look at ${setting('SCOPE')}, and whether this client is registered for OpenID Connect.`,
  id_token_suffices: ({ setting }) =>
    `The user endpoint refuses the access token, most often because the token is for another API. With ${setting('USER_URL')}=none the ID token alone says who signs in.`,
  signing_algorithm: ({ setting }) =>
    `The provider has to sign ID tokens with RS256 or ES256 for this client. Change that at the provider; ${setting('ID_TOKEN_ALG')} cannot allow other ones.`,
  algorithm_other: ({ setting }) =>
    `Set ${setting('ID_TOKEN_ALG')} to the algorithm that the provider signs with. Without that setting, what its metadata name is accepted.`,
  signature: ({ setting }) =>
    `The token was changed on its way, or signed with another key than it names. If ${setting('JWKS_URL')} is set, look whether it belongs to this provider. No setting accepts such a token.`,
  unknown_key: ({ setting }) =>
    `The provider signs with a key that it does not publish yet. Wait a minute and sign in again. If it goes on, look whether ${setting('JWKS_URL')}, if it is set, belongs to this provider.`,
  nonce_missing: ({ setting }) =>
    `The ID token came without the nonce that was sent. Where the provider never sends it back, set ${setting('NONCE')}=off.`,
  nonce_other: ({ setting }) =>
    `The ID token was made for another sign-in. Start again. If every sign-in ends like this, the provider gives out stored tokens; ${setting('NONCE')}=off accepts them, and gives up a protection against replay.`,
  audience: ({ setting }) =>
    `The token is for another client. Look whether ${setting('CLIENT_ID')} is the id by which the provider knows this app.`,
  other_audiences: ({ setting }) =>
    `The ID token is for others besides this client. If they may have it too, list them in ${setting('AUDIENCES')}.`,
  clock: () => 'Compare the clock of this machine with the true time, and let NTP set it.',
  subject_missing: ({ setting, failure }) =>
    failure.step === 'id_token'
      ? 'An ID token without sub does not say which user signs in. Only the provider can correct that.'
      : `Find the field of that response that contains the permanent id of a user. For a provider of your own, ${setting('SUBJECT_FIELD')} names it.`,
  web_page: facts =>
    `That address responds with a web page or an error page, and not as an API. Look at ${endpointSetting(facts)}.`,
  not_json: facts =>
    `That address does not respond as this protocol requires. Look at ${endpointSetting(facts)}; the log of the provider shows its response.`,
  redirect: facts =>
    `Redirects are not followed, because code, token or secret would go along. Set ${endpointSetting(facts)} to the URL that the redirect leads to.`,
  plain_json: () =>
    'The provider signs or encrypts its response, which is not supported. Let it answer in plain JSON: most providers have a setting for that at the client.',
  access_token_missing: facts =>
    `A token response has to hold an access_token. Look whether ${endpointSetting(facts)} is the token endpoint.`,
  token_type: () =>
    'The provider gave a token that needs a proof with each call. Let it give Bearer tokens to this client.',
  callback_unconfirmed: ({ setting }) =>
    `The provider uses OAuth 1.0, where one user can be made to finish the sign-in of another. It has to use 1.0a; look whether ${setting('REQUEST_TOKEN_URL')} is the URL for that.`,
  signature_refused: ({ setting }) =>
    `${setting('CLIENT_SECRET')} or ${setting('SIGNATURE_METHOD')} is not what the provider has registered.`,
}

const issuerSetting = ({ protocol, setting }: HintFacts): string =>
  setting(protocol === 'oidc' ? 'ISSUER' : 'AUTHORIZE_URL')

/** What to do, by the step that failed, and by the provider's error code or the status; null where nothing is known. */
function stepHint(facts: HintFacts): string | null {
  const { code, failure } = facts
  if (code === 'provider_unreachable' || code === 'provider_slow') return connectionHint(facts)
  if (code === 'subject_mismatch') return subjectMismatchHint(facts)
  if (code === 'provider_malformed') return `Look whether ${endpointSetting(facts)} is the right address.`
  if (code !== 'provider_error' || failure.step === undefined) return null
  const { oauthError = '', status = 0 } = failure
  const byError = HINTS_BY_ERROR[failure.step]?.[oauthError]
  if (byError) return byError(facts)
  if (isTransient(failure)) return TRY_LATER
  return (status === 404 || status === 405 ? wrongAddressHint : (HINTS_BY_STEP[failure.step] ?? wrongAddressHint))(
    facts,
  )
}

const TRY_LATER =
  'The provider itself has a fault, or it gets too many requests. Nothing has to be changed here; sign in again later.'

/** The token endpoint rejects a code that is used or expired with one of these; the second is GitHub's. */
export const REJECTED_CODE_ERRORS = ['invalid_grant', 'bad_verification_code']

const connectionHint: Hint = facts =>
  `Look whether ${endpointSetting(facts)} is right, and whether this machine can reach it: DNS, firewall, HTTPS_PROXY, and NODE_EXTRA_CA_CERTS for a certificate authority of your own.`

const subjectMismatchHint: Hint = ({ setting, protocol }) =>
  `Look whether ${setting('USER_URL')} and ${setting(protocol === 'oidc' ? 'ISSUER' : 'TOKEN_URL')} belong to one provider.`

const wrongAddressHint: Hint = facts => `That address does not respond as expected. Look at ${endpointSetting(facts)}.`

const rejectedClientHint: Hint = ({ setting }) =>
  `The provider does not know the client of ${setting('CLIENT_ID')}, or does not let it sign people in this way. Look at how it is registered.`

const rejectedScopeHint: Hint = ({ setting }) =>
  `${setting('SCOPE')} asks for a scope that the provider does not give to this client.`

const rejectedAuthorizationHint: Hint = ({ setting, callbackUrl }) =>
  `The provider refused before the user signed in, so the client secret is not the cause. Look whether it has the callback URL registered to the letter: ${callbackUrl}. Then look at ${setting('CLIENT_ID')}, ${setting('SCOPE')} and ${setting('AUTHORIZE_PARAMS')}.`

const rejectedCodeHint: Hint = ({ setting, callbackUrl }) =>
  `A code is valid for a short time and works once. Sign in again. If every sign-in ends like this, look whether ${setting('CLIENT_ID')} and the callback URL ${callbackUrl} are those that are registered.`

const rejectedTokenHint: Hint = ({ setting }) =>
  `The provider does not accept the access token there. Look whether ${setting('USER_URL')} belongs to this provider, and whether ${setting('SCOPE')} includes what that address asks for.`

const rejectedVerifierHint: Hint = () =>
  'The token of OAuth 1.0a is good for one sign-in and a short time. Sign in again. If every sign-in ends like this, ask the provider.'

/** By the error code of the provider (RFC 6749, 4.1.2.1 and 5.2). */
const HINTS_BY_ERROR: Partial<Record<ProtocolStep, Record<string, Hint>>> = {
  authorization: {
    invalid_scope: rejectedScopeHint,
    invalid_client: rejectedClientHint,
    unauthorized_client: rejectedClientHint,
    unsupported_response_type: rejectedClientHint,
  },
  token: {
    invalid_grant: rejectedCodeHint,
    bad_verification_code: rejectedCodeHint,
    unauthorized_client: rejectedClientHint,
    unsupported_grant_type: rejectedClientHint,
    invalid_scope: rejectedScopeHint,
    token_rejected: rejectedVerifierHint,
    token_used: rejectedVerifierHint,
    token_expired: rejectedVerifierHint,
    verifier_invalid: rejectedVerifierHint,
  },
}

const HINTS_BY_STEP: Partial<Record<ProtocolStep, Hint>> = {
  authorization: rejectedAuthorizationHint,
  discovery: ({ setting }) =>
    `Look whether ${setting('ISSUER')} is the issuer as the provider's own documents give it. Where the metadata are elsewhere, set ${setting('DISCOVERY_URL')}.`,
  token: ({ setting, callbackUrl }) =>
    `The provider's message says more. Look at ${setting('CLIENT_ID')}, at ${setting('TOKEN_PARAMS')} if it is set, and whether the callback URL ${callbackUrl} is registered.`,
  userinfo: rejectedTokenHint,
  api: rejectedTokenHint,
}

/** The settings that contain the URL of a step. */
function endpointSetting({ failure: { step }, protocol, setting }: HintFacts): string {
  const suffix = step && ENDPOINT_SETTINGS[step]
  if (suffix === undefined) return setting(protocol === 'oidc' ? 'ISSUER' : 'AUTHORIZE_URL')
  if (step === 'discovery') return `${setting('ISSUER')} (or ${setting('DISCOVERY_URL')}, if it is set)`
  return protocol === 'oidc' ? `${setting(suffix)}, if it is set, or else ${setting('ISSUER')}` : setting(suffix)
}

const ENDPOINT_SETTINGS: Partial<Record<ProtocolStep, string>> = {
  discovery: 'ISSUER',
  keys: 'JWKS_URL',
  temporary_credentials: 'REQUEST_TOKEN_URL',
  token: 'TOKEN_URL',
  refresh: 'REFRESH_URL',
  revocation: 'REVOCATION_URL',
  userinfo: 'USER_URL',
  api: 'API_BASE_URL',
}
