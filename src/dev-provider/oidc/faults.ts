import { answerJson, answerLate, neverAnswer } from '../bites.js'
import type { FaultGroup, Named } from '../choice.js'
import type { Bite } from '../mischief.js'
import { PEOPLE, type Person } from '../people.js'
import type { Fields } from '../redirect.js'
import { type Claims, leaveUnsigned, signHs256, signRs256, spoilSignature } from './jwt.js'
import type { Keys } from './keys.js'

/** Something that goes wrong at the OpenID Connect face; each place to bite is one optional function. */
export interface OidcFault extends Named {
  /** What goes back to the app in place of the right answer. */
  callback?: (right: Fields) => Fields
  /** What the ID token says in place of the right claims. */
  claims?: (right: Claims) => Claims
  /** How it is signed. */
  sign?: Sign
  /** The published keys cannot be had, from this ID token to the next. */
  hidesKeys?: true
  /** What the token endpoint says in place of the right answer. */
  token?: (right: Claims) => Claims
  tokenAnswer?: Bite
  /** Whom the userinfo endpoint tells of. */
  userinfoOf?: (person: Person) => Person
  /** Milliseconds that access tokens live, in place of the usual hour. */
  tokenLives?: number
  /** How a refresh is answered, once the refresh token is spent. */
  refreshAnswer?: Bite
  /** What the ID token of a refresh says. */
  refreshClaims?: (right: Claims) => Claims
  /** How the API answers to a token that comes a second time. */
  laterAnswer?: Bite
  /** How the revocation endpoint answers, once it has done its work. */
  revocationAnswer?: Bite
  /** What the app is told behind the browser's back, and how that is signed. */
  logoutClaims?: (right: Claims) => Claims
  signLogout?: Sign
}

/** Makes an ID token of claims. */
export type Sign = (claims: Claims, signing: { keys: Keys; clientSecret: string | undefined }) => Promise<string>

/** The right way. */
export const signWithNewest: Sign = async (claims, { keys }) => signRs256(claims, await keys.newest())

const ON_THE_WAY_BACK: readonly OidcFault[] = [
  {
    name: 'denied',
    label: 'I say no',
    callback: right => ({
      ...right,
      code: undefined,
      error: 'access_denied',
      error_description: 'The user has denied your application access.',
    }),
  },
  {
    name: 'wrong_iss_in_answer',
    label: 'Answer: another issuer',
    callback: right => ({ ...right, iss: `${right.iss}1` }),
  },
  {
    name: 'missing_iss_in_answer',
    label: 'Answer: no issuer',
    callback: right => ({ ...right, iss: undefined }),
  },
]

const WEEK = 7 * 24 * 60 * 60

const IN_THE_ID_TOKEN: readonly OidcFault[] = [
  { name: 'wrong_nonce', label: 'ID token: another nonce', claims: right => ({ ...right, nonce: `${right.nonce}1` }) },
  { name: 'wrong_issuer', label: 'ID token: another issuer', claims: right => ({ ...right, iss: `${right.iss}1` }) },
  { name: 'wrong_audience', label: 'ID token: for another app', claims: right => ({ ...right, aud: `${right.aud}1` }) },
  { name: 'missing_sub', label: 'ID token: of nobody', claims: right => ({ ...right, sub: undefined }) },
  {
    name: 'expired_id_token',
    label: 'ID token: expired',
    claims: right => ({ ...right, exp: Number(right.iat) - 360 }),
  },
  { name: 'old_iat', label: 'ID token: a week old', claims: right => ({ ...right, iat: Number(right.iat) - WEEK }) },
  {
    name: 'bad_signature',
    label: 'ID token: a bad signature',
    sign: async (claims, signing) => spoilSignature(await signWithNewest(claims, signing)),
  },
  { name: 'alg_none', label: 'ID token: not signed', sign: async claims => leaveUnsigned(claims) },
  {
    name: 'hs256_with_secret',
    label: 'ID token: signed by HMAC',
    sign: async (claims, { clientSecret = '' }) => signHs256(claims, clientSecret),
  },
  {
    name: 'unknown_kid',
    label: 'Keys: all new',
    async sign(claims, signing) {
      await signing.keys.replace()
      return signWithNewest(claims, signing)
    },
  },
  {
    name: 'jwks_down',
    label: 'Keys: new, and out of reach',
    hidesKeys: true,
    // Of a key that is never published: the next sign-in is signed with one that the app may know already.
    sign: async (claims, { keys }) => signRs256(claims, await keys.makeStranger()),
  },
]

const AT_THE_ENDPOINTS: readonly OidcFault[] = [
  { name: 'no_id_token', label: 'Token: no id_token', token: right => ({ ...right, id_token: undefined }) },
  { name: 'token_500', label: 'Token: 500', tokenAnswer: answerJson(500, { error: 'server_error' }) },
  { name: 'token_slow', label: 'Token: takes 3 seconds', tokenAnswer: answerLate },
  { name: 'other_users_userinfo', label: 'User: somebody else', userinfoOf: nextAfter },
]

/** So that nobody waits an hour for the refresh that is to go wrong. */
const tokenLives = 5_000

const WHEN_REFRESHED: readonly OidcFault[] = [
  { name: 'token_brief', label: 'Tokens: live 5 seconds', tokenLives },
  {
    name: 'refresh_refused',
    label: 'Refresh: invalid_grant',
    tokenLives,
    refreshAnswer: answerJson(400, { error: 'invalid_grant', error_description: 'The refresh token is revoked.' }),
  },
  { name: 'refresh_500', label: 'Refresh: 500', tokenLives, refreshAnswer: answerJson(500, { error: 'server_error' }) },
  { name: 'refresh_hangs', label: 'Refresh: never answers', tokenLives, refreshAnswer: neverAnswer },
  {
    name: 'refresh_other_person',
    label: 'Refresh: somebody else',
    tokenLives,
    refreshClaims: right => ({ ...right, sub: `${right.sub}1` }),
  },
  {
    name: 'refresh_other_issuer',
    label: 'Refresh: another issuer',
    tokenLives,
    refreshClaims: right => ({ ...right, iss: `${right.iss}1` }),
  },
]

const AFTER_THE_SIGN_IN: readonly OidcFault[] = [
  {
    name: 'later_401',
    label: 'API: the token is revoked',
    laterAnswer: answerJson(401, { error: 'invalid_token' }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }),
  },
  { name: 'later_403', label: 'API: 403', laterAnswer: answerJson(403, { error: 'insufficient_scope' }) },
  {
    name: 'revocation_500',
    label: 'Revocation: 500',
    revocationAnswer: answerJson(500, { error: 'server_error' }),
  },
  { name: 'revocation_hangs', label: 'Revocation: never answers', revocationAnswer: neverAnswer },
  {
    name: 'logout_wrong_audience',
    label: 'Logout token: for another app',
    logoutClaims: right => ({ ...right, aud: `${right.aud}1` }),
  },
  {
    name: 'logout_no_event',
    label: 'Logout token: of no event',
    logoutClaims: right => ({ ...right, events: undefined }),
  },
  { name: 'logout_alg_none', label: 'Logout token: not signed', signLogout: async claims => leaveUnsigned(claims) },
]

export const OIDC_FAULT_GROUPS: readonly FaultGroup<OidcFault>[] = [
  { title: 'On the way back', faults: ON_THE_WAY_BACK },
  { title: 'In the ID token', faults: IN_THE_ID_TOKEN },
  { title: 'At the endpoints', faults: AT_THE_ENDPOINTS },
  { title: 'When a token is refreshed', faults: WHEN_REFRESHED },
  { title: 'After the sign-in', faults: AFTER_THE_SIGN_IN },
]

/** What can go wrong at the OpenID Connect face. */
export const OIDC_FAULTS: readonly OidcFault[] = OIDC_FAULT_GROUPS.flatMap(({ faults }) => faults)

function nextAfter(person: Person): Person {
  const at = PEOPLE.findIndex(({ id }) => id === person.id)
  return PEOPLE[(at + 1) % PEOPLE.length] ?? person
}
