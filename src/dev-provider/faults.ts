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
    label: 'I say no',
    callback: ({ state }) => ({
      error: 'access_denied',
      error_description: 'The user has denied your application access.',
      state,
    }),
  },
  {
    name: 'wrong_state',
    label: 'State: another one',
    callback: ({ issueCode }) => ({ code: issueCode(), state: 'not-the-state-that-was-sent' }),
  },
  {
    name: 'state_dropped',
    label: 'State: dropped',
    callback: ({ issueCode }) => ({ code: issueCode() }),
  },
  {
    name: 'code_expired',
    label: 'Code: expired',
    callback: ({ state, issueCode }) => ({ code: issueCode('expired'), state }),
  },
  {
    name: 'code_reused',
    label: 'Code: spent before',
    callback: ({ state, issueCode }) => ({ code: issueCode('spent'), state }),
  },
]

const SERVER_ERROR = answerJson(500, { message: 'Server Error' })

const AT_THE_TOKEN_ENDPOINT: readonly Fault[] = [
  {
    name: 'token_error',
    label: 'Token: an error inside a 200',
    token: () => ({
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
    }),
  },
  { name: 'token_500', label: 'Token: 500', tokenAnswer: SERVER_ERROR },
  { name: 'token_html', label: 'Token: HTML', tokenAnswer: answerHtml },
  { name: 'token_slow', label: 'Token: takes 3 seconds', tokenAnswer: answerLate },
  { name: 'token_hangs', label: 'Token: never answers', tokenAnswer: neverAnswer },
  { name: 'token_drips', label: 'Token: drips for ever', tokenAnswer: drip },
  { name: 'token_resets', label: 'Token: the connection breaks', tokenAnswer: resetConnection },
  { name: 'token_redirects', label: 'Token: 307 to elsewhere', tokenAnswer: sendElsewhere },
  { name: 'token_huge', label: 'Token: 64 MiB', tokenAnswer: answerHuge },
  { name: 'token_gzip_bomb', label: 'Token: a gzip bomb', tokenAnswer: answerGzipBomb },
  {
    name: 'token_missing',
    label: 'Token: no access_token',
    token: right => ({ ...right, access_token: undefined }),
  },
  {
    name: 'token_type_odd',
    label: 'Token: an odd token_type',
    token: right => ({ ...right, token_type: 'mac' }),
  },
]

const REVOKED = answerJson(401, { message: 'Bad credentials' }, { 'WWW-Authenticate': 'Bearer' })

const AT_THE_API: readonly Fault[] = [
  { name: 'user_500', label: 'User: 500', userAnswer: SERVER_ERROR },
  { name: 'user_html', label: 'User: HTML', userAnswer: answerHtml },
  { name: 'user_array', label: 'User: a list', userAnswer: change(user => `[${user}]`) },
  { name: 'user_no_id', label: 'User: no id', userAnswer: change(user => user.replace(/"id":\d+,/, '')) },
  { name: 'user_slow', label: 'User: takes 3 seconds', userAnswer: answerLate },
  { name: 'user_401', label: 'User: 401', userAnswer: REVOKED },
  { name: 'emails_404', label: 'E-mail addresses: 404', emailsAnswer: answerJson(404, { message: 'Not Found' }) },
]

const AFTER_THE_SIGN_IN: readonly Fault[] = [
  { name: 'later_401', label: 'API: the token is revoked', laterAnswer: REVOKED },
  { name: 'later_403', label: 'API: 403', laterAnswer: answerJson(403, { message: 'Forbidden' }) },
  { name: 'revocation_500', label: 'Revocation: 500', revocationAnswer: SERVER_ERROR },
  { name: 'revocation_hangs', label: 'Revocation: never answers', revocationAnswer: neverAnswer },
]

export const FAULT_GROUPS: readonly FaultGroup<Fault>[] = [
  { title: 'On the way back', faults: ON_THE_WAY_BACK },
  { title: 'At the token endpoint', faults: AT_THE_TOKEN_ENDPOINT },
  { title: 'At the API', faults: AT_THE_API },
  { title: 'After the sign-in', faults: AFTER_THE_SIGN_IN },
]

/** What can go wrong at the OAuth 2.0 face. */
export const FAULTS: readonly Fault[] = FAULT_GROUPS.flatMap(({ faults }) => faults)
