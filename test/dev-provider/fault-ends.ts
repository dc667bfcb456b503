/** How a sign-in of the app ends under a fault: with a refusal, or with somebody who is signed in. */
export type FaultEnd = FaultRefused | FaultSignedIn

export interface FaultRefused {
  status: number
  code: string
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
  /** It is known, and nobody says that it was verified. */
  unverified?: true
}

const SIGNS_IN: FaultSignedIn = { after: 0 }
const LATE: FaultSignedIn = { after: 3000 }

const provider = (code: string): FaultRefused => ({ status: 502, code })
const browser = (code: string): FaultRefused => ({ status: 400, code, unspent: true })
const SAID_NO: FaultRefused = { status: 403, code: 'provider_denied', unspent: true }
const TOO_LATE: FaultRefused = { ...provider('provider_slow'), waitsFor: 'the token' }

/** What each fault of the OAuth 2.0 face must come to. */
export const OAUTH2_ENDS: Readonly<Record<string, FaultEnd>> = {
  denied: SAID_NO,
  wrong_state: { ...browser('attempt_missing'), pathIsLost: true },
  state_dropped: { ...browser('state_missing'), pathIsLost: true },
  code_expired: provider('provider_error'),
  code_reused: provider('provider_error'),
  token_error: provider('provider_error'),
  token_500: provider('provider_error'),
  token_html: provider('provider_malformed'),
  token_slow: LATE,
  token_hangs: TOO_LATE,
  token_drips: TOO_LATE,
  token_resets: provider('provider_unreachable'),
  token_redirects: provider('provider_malformed'),
  token_huge: provider('provider_malformed'),
  token_gzip_bomb: provider('provider_malformed'),
  token_missing: provider('provider_malformed'),
  token_type_odd: provider('provider_malformed'),
  user_500: provider('provider_error'),
  user_html: provider('provider_malformed'),
  user_array: provider('provider_malformed'),
  user_no_id: provider('provider_malformed'),
  user_slow: LATE,
  user_401: provider('provider_error'),
  emails_404: { ...SIGNS_IN, withoutEmail: true },
  later_401: SIGNS_IN,
  later_403: SIGNS_IN,
  revocation_500: SIGNS_IN,
  revocation_hangs: SIGNS_IN,
}

/** What each fault of the OpenID Connect face must come to. */
export const OIDC_ENDS: Readonly<Record<string, FaultEnd>> = {
  denied: SAID_NO,
  wrong_iss_in_answer: browser('issuer_mismatch'),
  missing_iss_in_answer: browser('issuer_mismatch'),
  wrong_nonce: provider('id_token_invalid'),
  wrong_issuer: provider('id_token_invalid'),
  wrong_audience: provider('id_token_invalid'),
  missing_sub: provider('id_token_invalid'),
  expired_id_token: provider('id_token_invalid'),
  old_iat: provider('id_token_invalid'),
  bad_signature: provider('id_token_invalid'),
  alg_none: provider('id_token_invalid'),
  hs256_with_secret: provider('id_token_invalid'),
  unknown_kid: SIGNS_IN,
  // Where the app may ask for the keys; within a minute of its last time it may not, and says id_token_invalid.
  jwks_down: provider('provider_unreachable'),
  no_id_token: provider('id_token_invalid'),
  token_500: provider('provider_error'),
  token_slow: LATE,
  other_users_userinfo: provider('subject_mismatch'),
  // What bites after the sign-in: that one goes well.
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

/** What each fault of the OAuth 1.0a face must come to. */
export const OAUTH1_ENDS: Readonly<Record<string, FaultEnd>> = {
  denied: SAID_NO,
  // The app is sent to begin once more, without the path it wanted to go to.
  unconfirmed_callback: { ...provider('provider_malformed'), pathIsLost: true, unspent: true },
  wrong_token_in_callback: { ...browser('attempt_missing'), pathIsLost: true },
  no_verifier: browser('code_missing'),
  wrong_verifier: provider('provider_error'),
  token_html: provider('provider_malformed'),
  token_secret_empty: provider('provider_malformed'),
  timestamp_refused: provider('provider_error'),
  user_401: provider('provider_error'),
  later_401: { ...SIGNS_IN, unverified: true },
  later_403: { ...SIGNS_IN, unverified: true },
}
