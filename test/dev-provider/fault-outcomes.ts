import { OAUTH1_FAULT_GROUPS } from '../../src/dev-provider/oauth1/faults.js'
import { OAUTH2_FAULT_GROUPS } from '../../src/dev-provider/oauth2/faults.js'
import { OIDC_FAULT_GROUPS } from '../../src/dev-provider/oidc/faults.js'

export const OAUTH1_FAULTS = OAUTH1_FAULT_GROUPS.flatMap(({ faults }) => faults)
export const OAUTH2_FAULTS = OAUTH2_FAULT_GROUPS.flatMap(({ faults }) => faults)
export const OIDC_FAULTS = OIDC_FAULT_GROUPS.flatMap(({ faults }) => faults)

/** How a sign-in of the app ends with a fault: with a refusal, or with a signed-in user. */
export type FaultOutcome = FaultRefused | FaultSignedIn

export interface FaultRefused {
  status: number
  code: string
  /** What page and log say in local: the fault that was chosen, and nothing else. */
  cause: RegExp
  /** What the page says to do about it; null where nothing has to be done. */
  advice: RegExp | null
  /** Nothing tells which sign-in it was, and so not where it wanted to go. */
  pathIsLost?: true
  /** The clock ends it, while this is waited for. */
  waitsFor?: 'the token'
  /** It ends before the code is sent to the provider. */
  unspent?: true
}

export interface FaultSignedIn {
  /** Milliseconds that the provider takes. */
  after: number
  /** The address is not known then. */
  withoutEmail?: true
  /** The address is known, but not verified. */
  unverified?: true
}

const SIGNS_IN: FaultSignedIn = { after: 0 }
const LATE: FaultSignedIn = { after: 3000 }

const provider = (code: string, cause: RegExp, advice: RegExp): FaultRefused => ({ status: 502, code, cause, advice })
const browser = (code: string, cause: RegExp, advice: RegExp | null = null): FaultRefused => ({
  ...{ status: 400, code, cause, advice },
  unspent: true,
})
const DENIED: FaultRefused = {
  ...{ status: 403, code: 'provider_denied', cause: /^Authorization response: The person did not consent$/ },
  ...{ advice: null, unspent: true },
}
const tooLate = (tokenUrl: string): FaultRefused => ({
  ...provider('provider_slow', /^Token endpoint: POST \S+ did not answer in time$/, new RegExp(`whether ${tokenUrl}`)),
  waitsFor: 'the token',
})
const CODE_REFUSED = provider(
  'provider_error',
  /^Token endpoint \(http\S+\): The token endpoint answered with an error \(status 200, error bad_verification_code\)$/,
  /works once\. Sign in again\./,
)
const serverError = (where: string): FaultRefused =>
  provider('provider_error', new RegExp(`^${where} \\(http\\S+\\): .*status 500`), /provider itself has a fault/)

/** What each fault of the OAuth 2.0 provider must come to. */
export const OAUTH2_OUTCOMES: Readonly<Record<string, FaultOutcome>> = {
  denied: DENIED,
  wrong_state: { ...browser('attempt_missing', /^No attempt of this browser fits the state/), pathIsLost: true },
  state_dropped: { ...browser('state_missing', /^The callback carries no state$/), pathIsLost: true },
  code_expired: CODE_REFUSED,
  code_reused: CODE_REFUSED,
  token_error: CODE_REFUSED,
  token_500: serverError('Token endpoint'),
  token_html: provider(
    'provider_malformed',
    /^Token endpoint \(http\S+\): The provider answered with a web page \(text\/html\), not JSON$/,
    /web page .* Look at DEV_TOKEN_URL\.$/,
  ),
  token_slow: LATE,
  token_hangs: tooLate('DEV_TOKEN_URL'),
  token_drips: tooLate('DEV_TOKEN_URL'),
  token_resets: provider(
    'provider_unreachable',
    /^Token endpoint: POST \S+ failed: (?:UND_ERR_SOCKET|ECONNRESET)$/,
    /whether DEV_TOKEN_URL is right/,
  ),
  token_redirects: provider(
    'provider_malformed',
    /^Token endpoint \(http\S+\): The provider answered with a redirect \(307\)$/,
    /Set DEV_TOKEN_URL to the URL that the redirect leads to/,
  ),
  token_huge: provider(
    'provider_malformed',
    /^Token endpoint: .*answered with more than 262144 bytes$/,
    /DEV_TOKEN_URL/,
  ),
  token_gzip_bomb: provider(
    'provider_malformed',
    /^Token endpoint: .*answered with more than 262144 bytes$/,
    /DEV_TOKEN_URL/,
  ),
  token_missing: provider('provider_malformed', /unusable access_token, or with none$/, /DEV_TOKEN_URL is the token/),
  token_type_odd: provider('provider_malformed', /a token of the type mac/, /Let it give Bearer tokens/),
  user_500: serverError('User endpoint'),
  user_html: provider(
    'provider_malformed',
    /^User endpoint \(http\S+\): The provider answered with a web page/,
    /Look at DEV_USER_URL/,
  ),
  user_array: provider('provider_malformed', /^User endpoint .*JSON that is not an object$/, /Look at DEV_USER_URL/),
  user_no_id: provider(
    'provider_malformed',
    /^User endpoint .*without a usable id of the person$/,
    /DEV_SUBJECT_FIELD/,
  ),
  user_slow: LATE,
  user_401: provider(
    'provider_error',
    /^User endpoint \(http\S+\): .*status 401$/,
    /access token there\. .*DEV_USER_URL/,
  ),
  emails_404: { ...SIGNS_IN, withoutEmail: true },
  later_401: SIGNS_IN,
  later_403: SIGNS_IN,
  revocation_500: SIGNS_IN,
  revocation_hangs: SIGNS_IN,
}

const idToken = (cause: RegExp, advice: RegExp): FaultRefused => provider('id_token_invalid', cause, advice)

/** What each fault of the OpenID Connect provider must come to. */
export const OIDC_OUTCOMES: Readonly<Record<string, FaultOutcome>> = {
  denied: DENIED,
  wrong_iss_in_answer: browser(
    'issuer_mismatch',
    /^Authorization response: The callback comes from another issuer than http/,
    /DEV_OIDC_ISSUER is not the one that you mean/,
  ),
  missing_iss_in_answer: browser(
    'issuer_mismatch',
    /^Authorization response: The callback came without the issuer \(iss\)/,
    /metadata of the provider promise the issuer/,
  ),
  wrong_nonce: idToken(/^ID token: .*its nonce is another$/, /DEV_OIDC_NONCE=off/),
  wrong_issuer: idToken(
    /^ID token: The token comes from another issuer: from "http\S+1"/,
    /Set DEV_OIDC_ISSUER to the issuer/,
  ),
  wrong_audience: idToken(/^ID token: The token is for another audience$/, /DEV_OIDC_CLIENT_ID/),
  missing_sub: idToken(/^ID token: The token has no usable sub$/, /Only the provider can correct that/),
  expired_id_token: idToken(/^ID token: The token expired \d+ seconds ago/, /Compare the clock/),
  old_iat: idToken(/^ID token: The token was issued \d+ seconds ago/, /Compare the clock/),
  bad_signature: idToken(/^ID token: The token has a signature that its key did not make$/, /changed on its way/),
  alg_none: idToken(/^ID token: The token is not signed \(none\)/, /sign ID tokens with RS256 or ES256/),
  hs256_with_secret: idToken(/^ID token: The token is signed with HS256/, /sign ID tokens with RS256 or ES256/),
  unknown_kid: SIGNS_IN,
  jwks_down: provider(
    'provider_unreachable',
    /^Keys of the provider: GET http\S+ failed: /,
    /whether DEV_OIDC_JWKS_URL, if it is set/,
  ),
  no_id_token: idToken(/^ID token: The token response has no id_token$/, /openid is one of the scopes.*DEV_OIDC_SCOPE/),
  token_500: serverError('Token endpoint'),
  token_slow: LATE,
  other_users_userinfo: provider(
    'subject_mismatch',
    /^User endpoint .*not about the person that the ID token is about$/,
    /DEV_OIDC_USER_URL and DEV_OIDC_ISSUER belong to one provider/,
  ),
  // What goes wrong after the sign-in: that one succeeds.
  token_brief: SIGNS_IN,
  refresh_refused: SIGNS_IN,
  refresh_500: SIGNS_IN,
  refresh_hangs: SIGNS_IN,
  refresh_other_person: SIGNS_IN,
  refresh_other_issuer: SIGNS_IN,
  later_401: SIGNS_IN,
  later_403: SIGNS_IN,
  revocation_500: SIGNS_IN,
  revocation_hangs: SIGNS_IN,
  logout_wrong_audience: SIGNS_IN,
  logout_no_event: SIGNS_IN,
  logout_alg_none: SIGNS_IN,
}

/** What each fault of the OAuth 1.0a provider must come to. */
export const OAUTH1_OUTCOMES: Readonly<Record<string, FaultOutcome>> = {
  denied: DENIED,
  // The app is sent to begin once more, without the path it wanted to go to.
  unconfirmed_callback: {
    ...provider(
      'provider_malformed',
      /^Temporary credentials \(http\S+\): The provider did not confirm the callback/,
      /DEV_OAUTH1_REQUEST_TOKEN_URL/,
    ),
    ...{ pathIsLost: true, unspent: true },
  },
  wrong_token_in_callback: { ...browser('attempt_missing', /^No attempt of this browser fits/), pathIsLost: true },
  no_verifier: browser(
    'code_missing',
    /^Authorization response: The callback came without the oauth_verifier$/,
    /sends the browser back with oauth_verifier/,
  ),
  wrong_verifier: provider('provider_error', /^Token endpoint .*problem \w+\)$/, /good for one sign-in/),
  token_html: provider('provider_malformed', /^Token endpoint .*not a form$/, /Look at DEV_OAUTH1_TOKEN_URL/),
  token_secret_empty: provider(
    'provider_malformed',
    /^Token endpoint .*unusable oauth_token_secret/,
    /DEV_OAUTH1_TOKEN_URL/,
  ),
  timestamp_refused: provider(
    'provider_error',
    /^Token endpoint .*accepts 946684800 to 946685400, in seconds since 1970/,
    /Compare the clock/,
  ),
  user_401: provider('provider_error', /^User endpoint .*status 401/, /DEV_OAUTH1_USER_URL/),
  later_401: { ...SIGNS_IN, unverified: true },
  later_403: { ...SIGNS_IN, unverified: true },
}
