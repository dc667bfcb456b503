import { type FaultResponse, neverRespond, respondJson, respondLate } from '../fault-injection.js'
import type { Fields } from '../responses.js'
import type { FaultGroup, FaultOption } from '../user-choice.js'
import { TEST_USERS, type TestUser } from '../users.js'
import { type Claims, corruptSignature, encodeUnsigned, type RsaKeys, signHs256, signRs256 } from './signing.js'

/** A fault of the OpenID Connect server; each response that it changes is one optional function. */
export interface OidcFault extends FaultOption {
  /** The parameters that go back to the app in place of the right ones. */
  callback?: (right: Fields) => Fields
  /** What the ID token says in place of the right claims. */
  claims?: (right: Claims) => Claims
  /** How it is signed. */
  sign?: Sign
  /** The published keys cannot be had, from this ID token to the next. */
  hidesJwks?: true
  /** The token response in place of the right one. */
  token?: (right: Claims) => Claims
  tokenResponse?: FaultResponse
  /** The user that the userinfo endpoint describes. */
  userinfoOf?: (user: TestUser) => TestUser
  /** Milliseconds that access tokens live, in place of the usual hour. */
  tokenTtlMs?: number
  /** The response to a refresh, once the refresh token is spent. */
  refreshResponse?: FaultResponse
  /** What the ID token of a refresh says. */
  refreshClaims?: (right: Claims) => Claims
  /** The API's response to a token that comes a second time. */
  laterResponse?: FaultResponse
  /** The response of the revocation endpoint, once the token is revoked. */
  revocationResponse?: FaultResponse
  /** The claims of the logout token, and how it is signed. */
  logoutClaims?: (right: Claims) => Claims
  signLogout?: Sign
}

/** Makes an ID token of claims. */
export type Sign = (claims: Claims, signing: { keys: RsaKeys; clientSecret: string | undefined }) => Promise<string>

/** The right way. */
export const signWithNewestKey: Sign = async (claims, { keys }) => signRs256(claims, await keys.newest())

const AT_THE_CALLBACK: readonly OidcFault[] = [
  {
    name: 'denied',
    label: 'You deny the sign-in',
    callback: right => ({
      ...right,
      code: undefined,
      error: 'access_denied',
      error_description: 'The user has denied your application access.',
    }),
  },
  {
    name: 'wrong_iss_in_answer',
    label: 'The callback carries another issuer',
    callback: right => ({ ...right, iss: `${right.iss}1` }),
  },
  {
    name: 'missing_iss_in_answer',
    label: 'The callback carries no issuer',
    callback: right => ({ ...right, iss: undefined }),
  },
]

const WEEK_SECONDS = 7 * 24 * 60 * 60

const IN_THE_ID_TOKEN: readonly OidcFault[] = [
  {
    name: 'wrong_nonce',
    label: 'The ID token has another nonce',
    claims: right => ({ ...right, nonce: `${right.nonce}1` }),
  },
  {
    name: 'wrong_issuer',
    label: 'The ID token is of another issuer',
    claims: right => ({ ...right, iss: `${right.iss}1` }),
  },
  {
    name: 'wrong_audience',
    label: 'The ID token is for another app',
    claims: right => ({ ...right, aud: `${right.aud}1` }),
  },
  {
    name: 'missing_sub',
    label: 'The ID token does not say who signed in (no sub)',
    claims: right => ({ ...right, sub: undefined }),
  },
  {
    name: 'expired_id_token',
    label: 'The ID token has expired',
    claims: right => ({ ...right, exp: Number(right.iat) - 360 }),
  },
  {
    name: 'old_iat',
    label: 'The ID token was issued a week ago',
    claims: right => ({ ...right, iat: Number(right.iat) - WEEK_SECONDS }),
  },
  {
    name: 'bad_signature',
    label: 'The ID token has a wrong signature',
    sign: async (claims, signing) => corruptSignature(await signWithNewestKey(claims, signing)),
  },
  { name: 'alg_none', label: 'The ID token is not signed', sign: async claims => encodeUnsigned(claims) },
  {
    name: 'hs256_with_secret',
    label: 'The ID token is signed with the client secret (HS256)',
    sign: async (claims, { clientSecret = '' }) => signHs256(claims, clientSecret),
  },
]

const OF_THE_KEYS: readonly OidcFault[] = [
  {
    name: 'unknown_kid',
    label: 'The keys are replaced, and the ID token is signed with a new one',
    async sign(claims, signing) {
      await signing.keys.replace()
      return signWithNewestKey(claims, signing)
    },
  },
  {
    name: 'jwks_down',
    label: 'The ID token is signed with a new key, and the keys cannot be fetched',
    hidesJwks: true,
    // The key is never published: the next sign-in is signed with a key that the app may know already.
    sign: async (claims, { keys }) => signRs256(claims, await keys.createUnpublishedKey()),
  },
]

const AT_THE_TOKEN_ENDPOINT: readonly OidcFault[] = [
  {
    name: 'no_id_token',
    label: 'The token response has no ID token',
    token: right => ({ ...right, id_token: undefined }),
  },
  {
    name: 'token_500',
    label: 'The token endpoint responds with status 500',
    tokenResponse: respondJson(500, { error: 'server_error' }),
  },
  { name: 'token_slow', label: 'The token endpoint responds after 3 seconds', tokenResponse: respondLate },
]

const AT_USERINFO: readonly OidcFault[] = [
  {
    name: 'other_users_userinfo',
    label: 'The userinfo endpoint responds with another person',
    userinfoOf: nextTestUser,
  },
]

/** Short, so that the user need not wait an hour for the refresh. */
const SHORT_TOKEN_TTL_MS = 5_000

const WHEN_REFRESHED: readonly OidcFault[] = [
  { name: 'token_brief', label: 'The access token is valid for 5 seconds', tokenTtlMs: SHORT_TOKEN_TTL_MS },
  {
    name: 'refresh_refused',
    label: 'The refresh is refused with invalid_grant',
    tokenTtlMs: SHORT_TOKEN_TTL_MS,
    refreshResponse: respondJson(400, { error: 'invalid_grant', error_description: 'The refresh token is revoked.' }),
  },
  {
    name: 'refresh_500',
    label: 'The refresh gets a response with status 500',
    tokenTtlMs: SHORT_TOKEN_TTL_MS,
    refreshResponse: respondJson(500, { error: 'server_error' }),
  },
  {
    name: 'refresh_hangs',
    label: 'The refresh never gets a response',
    tokenTtlMs: SHORT_TOKEN_TTL_MS,
    refreshResponse: neverRespond,
  },
  {
    name: 'refresh_other_person',
    label: 'The refresh brings an ID token of another person',
    tokenTtlMs: SHORT_TOKEN_TTL_MS,
    refreshClaims: right => ({ ...right, sub: `${right.sub}1` }),
  },
  {
    name: 'refresh_other_issuer',
    label: 'The refresh brings an ID token of another issuer',
    tokenTtlMs: SHORT_TOKEN_TTL_MS,
    refreshClaims: right => ({ ...right, iss: `${right.iss}1` }),
  },
]

const AFTER_THE_SIGN_IN: readonly OidcFault[] = [
  {
    name: 'later_401',
    label: 'After the sign-in, the API responds with status 401: the token is revoked',
    laterResponse: respondJson(401, { error: 'invalid_token' }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }),
  },
  {
    name: 'later_403',
    label: 'After the sign-in, the API responds with status 403',
    laterResponse: respondJson(403, { error: 'insufficient_scope' }),
  },
  {
    name: 'revocation_500',
    label: 'The revocation endpoint responds with status 500',
    revocationResponse: respondJson(500, { error: 'server_error' }),
  },
  { name: 'revocation_hangs', label: 'The revocation endpoint never responds', revocationResponse: neverRespond },
]

const AT_THE_SIGN_OUT: readonly OidcFault[] = [
  {
    name: 'logout_wrong_audience',
    label: 'The logout token is for another app',
    logoutClaims: right => ({ ...right, aud: `${right.aud}1` }),
  },
  {
    name: 'logout_no_event',
    label: 'The logout token has no logout event',
    logoutClaims: right => ({ ...right, events: undefined }),
  },
  {
    name: 'logout_alg_none',
    label: 'The logout token is not signed',
    signLogout: async claims => encodeUnsigned(claims),
  },
]

export const OIDC_FAULT_GROUPS: readonly FaultGroup<OidcFault>[] = [
  { title: 'Authorization', faults: AT_THE_CALLBACK },
  { title: 'Token', faults: AT_THE_TOKEN_ENDPOINT },
  { title: 'ID token', faults: IN_THE_ID_TOKEN },
  { title: 'Keys', faults: OF_THE_KEYS },
  { title: 'Userinfo', faults: AT_USERINFO },
  { title: 'Refresh', faults: WHEN_REFRESHED },
  { title: 'Later', faults: AFTER_THE_SIGN_IN },
  { title: 'Logout', faults: AT_THE_SIGN_OUT },
]

function nextTestUser(user: TestUser): TestUser {
  const at = TEST_USERS.findIndex(({ id }) => id === user.id)
  return TEST_USERS[(at + 1) % TEST_USERS.length] ?? user
}
