import { withHeaders, withoutHeader } from '../../http/headers.js'
import { inStep } from '../../oauth/errors.js'
import type { HttpRequest, Send } from '../../oauth/types.js'
import { apiRequest, readApiResponse, withBearerToken } from '../../oauth/userinfo.js'
import type { ApiGet, OAuth2Provider, OidcProvider, Provider } from '../../providers/provider.js'
import type { ApiTokens } from './protocol.js'

/** A request as the row wants any to its API: its headers where the request has none of the name, then its own change. */
export function prepareApiRequest(provider: Provider, request: HttpRequest): HttpRequest {
  const { apiHeaders = {}, beforeApiRequest = unchanged } = provider
  // What stood there is no proof of ours, and would be read by the row.
  const { headers } = withoutHeader(request, 'Authorization')
  return beforeApiRequest(withHeaders({ ...request, headers: apiHeaders }, headers))
}

const unchanged = (request: HttpRequest): HttpRequest => request

/** The same with a bearer token, which the row does not see. */
export const authorizeApiRequest = (
  provider: OAuth2Provider | OidcProvider,
  request: HttpRequest,
  { accessToken }: ApiTokens,
): HttpRequest => withBearerToken(prepareApiRequest(provider, request), accessToken)

/** GET at a provider's API in the name of one person. */
export const bearerGet =
  (provider: OAuth2Provider | OidcProvider, send: Send, tokens: ApiTokens): ApiGet =>
  path => {
    const { href } = new URL(path, provider.apiBaseUrl)
    const request = authorizeApiRequest(provider, apiRequest(href, tokens.accessToken), tokens)
    return inStep('api', href, async () => readApiResponse(await send(request)))
  }
