/** How a sign-in of the app ends under a fault, in the words of the journey through the faults of the first face. */
export type FaultEnd = FaultRefused | FaultSignedIn

export interface FaultRefused {
  status: number
  code: string
  /** Nothing tells which sign-in it was, and so not where it wanted to go. */
  pathIsLost?: true
}

export interface FaultSignedIn {
  /** Milliseconds that the provider takes. */
  after: number
}

const SIGNS_IN: FaultSignedIn = { after: 0 }

const provider = (code: string): FaultRefused => ({ status: 502, code })

/** What each fault of the OpenID Connect face must come to. */
export const OIDC_ENDS: Readonly<Record<string, FaultEnd>> = {
  denied: { status: 403, code: 'provider_denied' },
  wrong_iss_in_answer: { status: 400, code: 'issuer_mismatch' },
  missing_iss_in_answer: { status: 400, code: 'issuer_mismatch' },
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
  token_slow: { after: 3000 },
  other_users_userinfo: provider('subject_mismatch'),
}

/** What each fault of the OAuth 1.0a face must come to. */
export const OAUTH1_ENDS: Readonly<Record<string, FaultEnd>> = {
  denied: { status: 403, code: 'provider_denied' },
  // The app is sent to begin once more, without the path it wanted to go to.
  unconfirmed_callback: { ...provider('provider_malformed'), pathIsLost: true },
  wrong_token_in_callback: { status: 400, code: 'attempt_missing', pathIsLost: true },
  no_verifier: { status: 400, code: 'code_missing' },
  wrong_verifier: provider('provider_error'),
  token_html: provider('provider_malformed'),
  token_secret_empty: provider('provider_malformed'),
  timestamp_refused: provider('provider_error'),
  user_401: provider('provider_error'),
}
