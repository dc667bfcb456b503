import { answerJson, answerLate } from '../bites.js'
import type { Named } from '../choice.js'
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

/** What can go wrong at the OpenID Connect face. */
export const OIDC_FAULTS: readonly OidcFault[] = [...ON_THE_WAY_BACK, ...IN_THE_ID_TOKEN, ...AT_THE_ENDPOINTS]

function nextAfter(person: Person): Person {
  const at = PEOPLE.findIndex(({ id }) => id === person.id)
  return PEOPLE[(at + 1) % PEOPLE.length] ?? person
}
