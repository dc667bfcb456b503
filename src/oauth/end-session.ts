import type { Params } from '../http/types.js'
import { withQuery } from './params.js'

/** The parameters of a logout request (OpenID Connect RP-Initiated Logout 1.0, 2). */
export interface EndSessionRequest {
  /** The ID token that the session began with, if it is stored. */
  idToken?: string | undefined
  clientId: string
  postLogoutRedirectUri: string
  state: string
}

/** The parameter names of a logout endpoint that does not follow the standard and takes these two. */
export interface EndSessionParams {
  clientId: string
  postLogoutRedirectUri: string
}

/** Characters: many servers accept no request line of more than 8 kB. */
const MAX_URL_LENGTH = 7_000

/**
 * The URL that ends the session of a user at the provider (OpenID Connect RP-Initiated Logout 1.0, 2). The endpoint
 * keeps its own query. An ID token that is too long for a URL is left out: then only `client_id` names the client, and
 * the provider asks the user.
 * @param paramNames for an endpoint that does not follow that standard: only these two are sent, and its own query wins
 */
export function endSessionUrl(
  endpoint: string,
  { idToken, clientId, postLogoutRedirectUri, state }: EndSessionRequest,
  paramNames?: EndSessionParams,
): string {
  if (paramNames)
    return withMissingParams(endpoint, [
      [paramNames.clientId, clientId],
      [paramNames.postLogoutRedirectUri, postLogoutRedirectUri],
    ])
  const url = (hint: readonly [string, string][]) =>
    withQuery(
      endpoint,
      [...hint, ['client_id', clientId], ['post_logout_redirect_uri', postLogoutRedirectUri], ['state', state]],
      ['id_token_hint'],
    )
  const whole = url(idToken === undefined ? [] : [['id_token_hint', idToken]])
  return whole.length <= MAX_URL_LENGTH ? whole : url([])
}

/** A URL in the endpoint's own query was registered by hand, and may differ from ours. */
function withMissingParams(endpoint: string, params: Params): string {
  const own = new URL(endpoint).searchParams
  return withQuery(
    endpoint,
    params.filter(([name]) => !own.has(name)),
    ['id_token_hint'],
  )
}
