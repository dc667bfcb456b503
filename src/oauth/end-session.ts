import { withQuery } from './params.js'
import type { Pairs } from './types.js'

/** What a provider is told with when a person signs out (OpenID Connect RP-Initiated Logout 1.0, 2). */
export interface EndSession {
  /** The one that the session began with, if it is kept. */
  idToken?: string | undefined
  clientId: string
  postLogoutRedirectUri: string
  state: string
}

/** What an end-session endpoint of its own kind calls the two that it takes. */
export interface EndSessionParams {
  clientId: string
  postLogoutRedirectUri: string
}

/** Many servers take no request line beyond 8 kB. */
const LONGEST_URL = 7_000

/**
 * The URL that ends a person's session at their provider (OpenID Connect RP-Initiated Logout 1.0, 2). The endpoint keeps
 * its own query. An ID token that is too long for a URL stays at home: then `client_id` alone says who asks, and the
 * provider asks the person.
 * @param named for an endpoint that is none of that standard: it gets these two and nothing else, and its own query wins
 */
export function endSessionUrl(
  endpoint: string,
  { idToken, clientId, postLogoutRedirectUri, state }: EndSession,
  named?: EndSessionParams,
): string {
  if (named)
    return withMissing(endpoint, [
      [named.clientId, clientId],
      [named.postLogoutRedirectUri, postLogoutRedirectUri],
    ])
  const url = (hint: readonly [string, string][]) =>
    withQuery(
      endpoint,
      [...hint, ['client_id', clientId], ['post_logout_redirect_uri', postLogoutRedirectUri], ['state', state]],
      ['id_token_hint'],
    )
  const whole = url(idToken === undefined ? [] : [['id_token_hint', idToken]])
  return whole.length <= LONGEST_URL ? whole : url([])
}

/** A URL that was registered by hand, in the endpoint's own query, may be another one than ours. */
function withMissing(endpoint: string, pairs: Pairs): string {
  const own = new URL(endpoint).searchParams
  return withQuery(
    endpoint,
    pairs.filter(([name]) => !own.has(name)),
    ['id_token_hint'],
  )
}
