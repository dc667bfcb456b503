/** The parameters that the protocol sets itself at every endpoint; a trailing `*` stands for any ending. */
const RESERVED_EVERYWHERE = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
  'dpop_jkt',
  'oauth_*',
] as const

/** The parameters that AUTHORIZE_PARAMS and the authorization endpoint's own query can never set. */
export const RESERVED_AUTHORIZE_PARAMS: readonly string[] = RESERVED_EVERYWHERE

/** The parameters that TOKEN_PARAMS and REFRESH_PARAMS can never set. */
export const RESERVED_TOKEN_PARAMS: readonly string[] = [
  ...RESERVED_EVERYWHERE,
  'grant_type',
  'code',
  'code_verifier',
  'client_secret',
  'client_assertion*',
  'refresh_token',
]

/** Whether a name is on a list of reserved names. */
export function isReserved(name: string, reserved: readonly string[]): boolean {
  return reserved.some(entry => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry))
}
