import { type FaultResponse, respondHtml, respondJson, respondProblem } from '../fault-injection.js'
import type { Fields } from '../responses.js'
import type { FaultGroup, FaultOption } from '../user-choice.js'

/** A fault of the OAuth 1.0a server; each response that it changes is one optional function. */
export interface OAuth1Fault extends FaultOption {
  /** What goes back to the app in place of token and verifier. */
  callback?: (right: { oauth_token: string; oauth_verifier: string }) => Fields
  /**
   * The response to the request for temporary credentials. That was over when this was chosen: the app is sent
   * to begin once more, and its next request is the one.
   */
  temporary?: (right: Fields) => Fields
  /** The response to the exchange. */
  token?: (right: Fields) => Fields
  tokenResponse?: FaultResponse
  userResponse?: FaultResponse
  /** The API's response after the sign-in: from the second request with the token. */
  laterResponse?: FaultResponse
}

const AT_AUTHORIZATION: readonly OAuth1Fault[] = [
  { name: 'denied', label: 'You deny the sign-in', callback: ({ oauth_token }) => ({ denied: oauth_token }) },
  {
    name: 'unconfirmed_callback',
    label: 'The request token response does not confirm the callback',
    temporary: right => ({ ...right, oauth_callback_confirmed: undefined }),
  },
  {
    name: 'wrong_token_in_callback',
    label: 'The callback comes with another token',
    callback: right => ({ ...right, oauth_token: 'not-the-token-that-was-issued' }),
  },
  {
    name: 'no_verifier',
    label: 'The callback comes without a verifier',
    callback: right => ({ ...right, oauth_verifier: undefined }),
  },
  {
    name: 'wrong_verifier',
    label: 'The callback comes with a wrong verifier',
    callback: right => ({ ...right, oauth_verifier: 'not-the-verifier-that-was-issued' }),
  },
]

const AT_THE_TOKEN_ENDPOINT: readonly OAuth1Fault[] = [
  { name: 'token_html', label: 'The token endpoint responds with an HTML page', tokenResponse: respondHtml },
  {
    name: 'token_secret_empty',
    label: 'The token response has an empty token secret',
    token: right => ({ ...right, oauth_token_secret: '' }),
  },
  {
    name: 'timestamp_refused',
    label: 'The token endpoint refuses the timestamp: the clock of the app is wrong',
    tokenResponse: respondProblem('timestamp_refused', { oauth_acceptable_timestamps: '946684800-946685400' }),
  },
]

const AT_THE_API: readonly OAuth1Fault[] = [
  {
    name: 'user_401',
    label: 'The user endpoint responds with status 401',
    userResponse: respondProblem('token_rejected'),
  },
]

const AFTER_THE_SIGN_IN: readonly OAuth1Fault[] = [
  {
    name: 'later_401',
    label: 'After the sign-in, the API responds with status 401: the token is revoked',
    laterResponse: respondProblem('token_revoked'),
  },
  {
    name: 'later_403',
    label: 'After the sign-in, the API responds with status 403',
    laterResponse: respondJson(403, { message: 'Forbidden' }),
  },
]

export const OAUTH1_FAULT_GROUPS: readonly FaultGroup<OAuth1Fault>[] = [
  { title: 'Authorization', faults: AT_AUTHORIZATION },
  { title: 'Token', faults: AT_THE_TOKEN_ENDPOINT },
  { title: 'User', faults: AT_THE_API },
  { title: 'Later', faults: AFTER_THE_SIGN_IN },
]
