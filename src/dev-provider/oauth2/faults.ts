import {
  editBody,
  type FaultResponse,
  neverRespond,
  redirectToUnknownHost,
  resetConnection,
  respondByteByByte,
  respondGzipBomb,
  respondHtml,
  respondHuge,
  respondJson,
  respondLate,
} from '../fault-injection.js'
import type { Fields } from '../responses.js'
import type { FaultGroup, FaultOption } from '../user-choice.js'

/** What may be wrong with a code from its first moment on. */
export type CodeFlaw = 'expired' | 'spent'

/**
 * A fault that the user chose: a name, a label, and the responses that it changes.
 * Each response is one optional function, called where that response is made; a new one is a new function here.
 */
export interface OAuth2Fault extends FaultOption {
  /** The parameters that go back to the app in place of code and state. A code exists only if `issueCode` is called. */
  callback?: (going: { state: string | undefined; issueCode: (flaw?: CodeFlaw) => string }) => Fields
  /** What the token endpoint says in place of the right fields, once the request was found right and the code is spent. */
  token?: (right: Fields) => Fields
  /** The HTTP response of the token endpoint then. */
  tokenResponse?: FaultResponse
  /** The API's responses to the token: at /user, and at /user/emails. */
  userResponse?: FaultResponse
  emailsResponse?: FaultResponse
  /** The API's response after the sign-in: to every second request of the same kind with the token. */
  laterResponse?: FaultResponse
  /** The response of the revocation endpoint, once the token is revoked. */
  revocationResponse?: FaultResponse
}

const AT_THE_CALLBACK: readonly OAuth2Fault[] = [
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

const SERVER_ERROR = respondJson(500, { message: 'Server Error' })

const AT_THE_TOKEN_ENDPOINT: readonly OAuth2Fault[] = [
  {
    name: 'token_error',
    label: 'The token endpoint responds with status 200 and an error inside',
    token: () => ({
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
    }),
  },
  { name: 'token_500', label: 'The token endpoint responds with status 500', tokenResponse: SERVER_ERROR },
  { name: 'token_html', label: 'The token endpoint responds with an HTML page', tokenResponse: respondHtml },
  { name: 'token_slow', label: 'The token endpoint responds after 3 seconds', tokenResponse: respondLate },
  { name: 'token_hangs', label: 'The token endpoint never responds', tokenResponse: neverRespond },
  {
    name: 'token_drips',
    label: 'The token endpoint sends its response one byte at a time, without end',
    tokenResponse: respondByteByByte,
  },
  { name: 'token_resets', label: 'The token endpoint breaks off the connection', tokenResponse: resetConnection },
  {
    name: 'token_redirects',
    label: 'The token endpoint redirects to another host (status 307)',
    tokenResponse: redirectToUnknownHost,
  },
  { name: 'token_huge', label: 'The token endpoint sends 64 MiB', tokenResponse: respondHuge },
  {
    name: 'token_gzip_bomb',
    label: 'The token endpoint sends 1 GiB, compressed to 1 MiB',
    tokenResponse: respondGzipBomb,
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

const REVOKED = respondJson(401, { message: 'Bad credentials' }, { 'WWW-Authenticate': 'Bearer' })

const AT_THE_API: readonly OAuth2Fault[] = [
  { name: 'user_500', label: 'The user endpoint responds with status 500', userResponse: SERVER_ERROR },
  { name: 'user_html', label: 'The user endpoint responds with an HTML page', userResponse: respondHtml },
  { name: 'user_array', label: 'The user endpoint responds with a list', userResponse: editBody(user => `[${user}]`) },
  {
    name: 'user_no_id',
    label: 'The user endpoint responds without an id',
    userResponse: editBody(user => user.replace(/"id":\d+,/, '')),
  },
  { name: 'user_slow', label: 'The user endpoint responds after 3 seconds', userResponse: respondLate },
  { name: 'user_401', label: 'The user endpoint responds with status 401', userResponse: REVOKED },
  {
    name: 'emails_404',
    label: 'The endpoint for e-mail addresses responds with status 404',
    emailsResponse: respondJson(404, { message: 'Not Found' }),
  },
]

const AFTER_THE_SIGN_IN: readonly OAuth2Fault[] = [
  {
    name: 'later_401',
    label: 'After the sign-in, the API responds with status 401: the token is revoked',
    laterResponse: REVOKED,
  },
  {
    name: 'later_403',
    label: 'After the sign-in, the API responds with status 403',
    laterResponse: respondJson(403, { message: 'Forbidden' }),
  },
  {
    name: 'revocation_500',
    label: 'The revocation endpoint responds with status 500',
    revocationResponse: SERVER_ERROR,
  },
  { name: 'revocation_hangs', label: 'The revocation endpoint never responds', revocationResponse: neverRespond },
]

export const OAUTH2_FAULT_GROUPS: readonly FaultGroup<OAuth2Fault>[] = [
  { title: 'Authorization', faults: AT_THE_CALLBACK },
  { title: 'Token', faults: AT_THE_TOKEN_ENDPOINT },
  { title: 'User', faults: AT_THE_API },
  { title: 'Later', faults: AFTER_THE_SIGN_IN },
]
