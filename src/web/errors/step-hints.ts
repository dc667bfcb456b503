import { isTransient, type ProtocolStep } from '../../accounts/errors.js'
import type { Hint, HintFacts } from './hint-facts.js'

/** What to do by the step that failed, and by the provider's error name or the status; null where nothing is known. */
export function stepHint(facts: HintFacts): string | null {
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
  'The provider is in trouble itself, or is asked too often. Nothing has to be changed here; sign in again later.'

/** What is said of a code that works no more, at the token endpoint: `bad_verification_code` is GitHub's word. */
export const REJECTED_CODE_ERRORS = ['invalid_grant', 'bad_verification_code']

const connectionHint: Hint = facts =>
  `Look whether ${endpointSetting(facts)} is right, and whether this machine can reach it: DNS, firewall, HTTPS_PROXY, and NODE_EXTRA_CA_CERTS for a certificate authority of your own.`

const subjectMismatchHint: Hint = ({ setting, protocol }) =>
  `Look whether ${setting('USER_URL')} and ${setting(protocol === 'oidc' ? 'ISSUER' : 'TOKEN_URL')} belong to one provider.`

const wrongAddressHint: Hint = facts => `Nothing there answers as it should. Look at ${endpointSetting(facts)}.`

const rejectedClientHint: Hint = ({ setting }) =>
  `The provider does not know the client of ${setting('CLIENT_ID')}, or does not let it sign people in this way. Look at how it is registered.`

const rejectedScopeHint: Hint = ({ setting }) =>
  `${setting('SCOPE')} asks for a scope that the provider does not give to this client.`

const rejectedAuthorizationHint: Hint = ({ setting, callbackUrl }) =>
  `The provider refused before anybody signed in, so the client secret is not the cause. Look whether it has the callback URL registered to the letter: ${callbackUrl}. Then look at ${setting('CLIENT_ID')}, ${setting('SCOPE')} and ${setting('AUTHORIZE_PARAMS')}.`

const rejectedCodeHint: Hint = ({ setting, callbackUrl }) =>
  `A code lives for a short time and works once. Sign in again. If every sign-in ends like this, look whether ${setting('CLIENT_ID')} and the callback URL ${callbackUrl} are those that are registered.`

const rejectedTokenHint: Hint = ({ setting }) =>
  `The provider does not accept the access token there. Look whether ${setting('USER_URL')} belongs to this provider, and whether ${setting('SCOPE')} includes what that address asks for.`

const rejectedVerifierHint: Hint = () =>
  'The token of OAuth 1.0a is good for one sign-in and a short time. Sign in again. If every sign-in ends like this, ask the provider.'

/** By the provider's own name for the error (RFC 6749, 4.1.2.1 and 5.2). */
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
    `The words of the provider say more. Look at ${setting('CLIENT_ID')}, at ${setting('TOKEN_PARAMS')} if it is set, and whether the callback URL ${callbackUrl} is registered.`,
  userinfo: rejectedTokenHint,
  api: rejectedTokenHint,
}

/** The settings that say where a step goes to. */
export function endpointSetting({ failure: { step }, protocol, setting }: HintFacts): string {
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
