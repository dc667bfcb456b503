import { withQuery } from './params.js'

/** What a provider is told with when a person signs out (OpenID Connect RP-Initiated Logout 1.0, 2). */
export interface EndSession {
  /** The one that the session began with, if it is kept. */
  idToken?: string | undefined
  clientId: string
  postLogoutRedirectUri: string
  state: string
}

/** Many servers take no request line beyond 8 kB. */
const LONGEST_URL = 7_000

/**
 * The URL that ends a person's session at their provider (OpenID Connect RP-Initiated Logout 1.0, 2). The endpoint keeps
 * its own query. An ID token that is too long for a URL stays at home: then `client_id` alone says who asks, and the
 * provider asks the person.
 */
export function endSessionUrl(
  endpoint: string,
  { idToken, clientId, postLogoutRedirectUri, state }: EndSession,
): string {
  const url = (hint: readonly [string, string][]) =>
    withQuery(
      endpoint,
      [...hint, ['client_id', clientId], ['post_logout_redirect_uri', postLogoutRedirectUri], ['state', state]],
      ['id_token_hint'],
    )
  const whole = url(idToken === undefined ? [] : [['id_token_hint', idToken]])
  return whole.length <= LONGEST_URL ? whole : url([])
}
