import {
  answerGzipBomb,
  answerHtml,
  answerHuge,
  answerJson,
  answerLate,
  change,
  drip,
  neverAnswer,
  resetConnection,
  sendElsewhere,
} from './bites.js'
import type { FaultGroup, Named } from './choice.js'
import type { CodeFlaw } from './grants.js'
import type { Bite } from './mischief.js'
import type { Fields } from './redirect.js'

/**
 * Something that goes wrong because it was chosen to: a row of a name, a label, and where it bites.
 * Each place to bite is one optional function, called where that answer is made; a new place is a new function here.
 */
export interface Fault extends Named {
  /** What goes back to the app instead of code and state. No code exists unless it is asked for. */
  callback?: (going: { state: string | undefined; issueCode: (flaw?: CodeFlaw) => string }) => Fields
  /** What the token endpoint says in place of the right fields, once the request was found right and the code is spent. */
  token?: (right: Fields) => Fields
  /** How the token endpoint answers then. */
  tokenAnswer?: Bite
  /** How the API answers to the token: at /user, and at /user/emails. */
  userAnswer?: Bite
  emailsAnswer?: Bite
  /** How the API answers once the sign-in is over: whatever the token asks for a second time. */
  laterAnswer?: Bite
  /** How the revocation endpoint answers, once it has done its work. */
  revocationAnswer?: Bite
}

const ON_THE_WAY_BACK: readonly Fault[] = [
  {
    name: 'denied',
    label: 'You deny the sign-in',
    callback: ({ state }) => ({
      error: 'access_denied',
      error_description: 'The user has denied your application access.',
      state,
    }),
  },
  {
    name: 'wrong_state',
    label: 'The callback comes with another state',
    callback: ({ issueCode }) => ({ code: issueCode(), state: 'not-the-state-that-was-sent' }),
  },
  {
    name: 'state_dropped',
    label: 'The callback comes without a state',
    callback: ({ issueCode }) => ({ code: issueCode() }),
  },
  {
    name: 'code_expired',
    label: 'The code expires before the app exchanges it',
    callback: ({ state, issueCode }) => ({ code: issueCode('expired'), state }),
  },
  {
    name: 'code_reused',
    label: 'The code was used before',
    callback: ({ state, issueCode }) => ({ code: issueCode('spent'), state }),
  },
]

const SERVER_ERROR = answerJson(500, { message: 'Server Error' })

const AT_THE_TOKEN_ENDPOINT: readonly Fault[] = [
  {
    name: 'token_error',
    label: 'The token endpoint responds with status 200 and an error inside',
    token: () => ({
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
    }),
  },
  { name: 'token_500', label: 'The token endpoint responds with status 500', tokenAnswer: SERVER_ERROR },
  { name: 'token_html', label: 'The token endpoint responds with an HTML page', tokenAnswer: answerHtml },
  { name: 'token_slow', label: 'The token endpoint responds after 3 seconds', tokenAnswer: answerLate },
  { name: 'token_hangs', label: 'The token endpoint never responds', tokenAnswer: neverAnswer },
  {
    name: 'token_drips',
    label: 'The token endpoint sends its response one byte at a time, without end',
    tokenAnswer: drip,
  },
  { name: 'token_resets', label: 'The token endpoint breaks off the connection', tokenAnswer: resetConnection },
  {
    name: 'token_redirects',
    label: 'The token endpoint redirects to another host (status 307)',
    tokenAnswer: sendElsewhere,
  },
  { name: 'token_huge', label: 'The token endpoint sends 64 MiB', tokenAnswer: answerHuge },
  {
    name: 'token_gzip_bomb',
    label: 'The token endpoint sends 1 GiB, compressed to 1 MiB',
    tokenAnswer: answerGzipBomb,
  },
  {
    name: 'token_missing',
    label: 'The token response has no access_token',
    token: right => ({ ...right, access_token: undefined }),
  },
  {
    name: 'token_type_odd',
    label: 'The token response has the token_type "mac"',
    token: right => ({ ...right, token_type: 'mac' }),
  },
]

const REVOKED = answerJson(401, { message: 'Bad credentials' }, { 'WWW-Authenticate': 'Bearer' })

const AT_THE_API: readonly Fault[] = [
  { name: 'user_500', label: 'The user endpoint responds with status 500', userAnswer: SERVER_ERROR },
  { name: 'user_html', label: 'The user endpoint responds with an HTML page', userAnswer: answerHtml },
  { name: 'user_array', label: 'The user endpoint responds with a list', userAnswer: change(user => `[${user}]`) },
  {
    name: 'user_no_id',
    label: 'The user endpoint responds without an id',
    userAnswer: change(user => user.replace(/"id":\d+,/, '')),
  },
  { name: 'user_slow', label: 'The user endpoint responds after 3 seconds', userAnswer: answerLate },
  { name: 'user_401', label: 'The user endpoint responds with status 401', userAnswer: REVOKED },
  {
    name: 'emails_404',
    label: 'The endpoint for e-mail addresses responds with status 404',
    emailsAnswer: answerJson(404, { message: 'Not Found' }),
  },
]

const AFTER_THE_SIGN_IN: readonly Fault[] = [
  {
    name: 'later_401',
    label: 'After the sign-in, the API responds with status 401: the token is revoked',
    laterAnswer: REVOKED,
  },
  {
    name: 'later_403',
    label: 'After the sign-in, the API responds with status 403',
    laterAnswer: answerJson(403, { message: 'Forbidden' }),
  },
  { name: 'revocation_500', label: 'The revocation endpoint responds with status 500', revocationAnswer: SERVER_ERROR },
  { name: 'revocation_hangs', label: 'The revocation endpoint never responds', revocationAnswer: neverAnswer },
]

export const FAULT_GROUPS: readonly FaultGroup<Fault>[] = [
  { title: 'Authorization', faults: ON_THE_WAY_BACK },
  { title: 'Token', faults: AT_THE_TOKEN_ENDPOINT },
  { title: 'User', faults: AT_THE_API },
  { title: 'Later', faults: AFTER_THE_SIGN_IN },
]

/** What can go wrong at the OAuth 2.0 face. */
export const FAULTS: readonly Fault[] = FAULT_GROUPS.flatMap(({ faults }) => faults)
