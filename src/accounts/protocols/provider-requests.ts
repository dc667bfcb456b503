import { withHeaders, withoutHeader } from '../../http/headers.js'
import type { HttpRequest, Params, Send } from '../../http/types.js'
import { inStep } from '../../oauth/errors.js'
import type { JsonObject, OAuthClient } from '../../oauth/types.js'
import { apiRequest, readApiResponse, withBearerToken } from '../../oauth/userinfo.js'
import type { SourcedClaims } from '../../providers/claims.js'
import type { ApiGet, OAuth2Provider, OidcProvider, Provider } from '../../providers/provider.js'
import type { ApiTokens, UserInfo } from './protocol.js'

/**
 * The user by the object that the user endpoint returned, or by claims. `readProfile` throws where that object is an
 * error in the shape of a profile; then no groups are requested.
 */
export async function readUserInfo(provider: Provider, user: JsonObject, get: ApiGet): Promise<UserInfo> {
  const profile = await provider.readProfile(user, get)
  const groups = (await provider.readGroups?.(user, get)) ?? []
  const missingGroups = groups.length === 0 ? provider.missingGroups?.(user) : undefined
  const unusableFields = provider.unusableFields?.(user)
  return {
    profile,
    groups,
    ...(missingGroups && { missingGroups }),
    ...(unusableFields && { unusableFields }),
    ...(provider.emailTrusted && { emailTrusted: true }),
  }
}

/** The user by the claims of an OpenID provider. */
export const readUserInfoFromClaims = async (
  provider: OidcProvider,
  { claims, sources }: SourcedClaims,
  get: ApiGet,
): Promise<UserInfo> => ({
  ...(await readUserInfo(provider, claims, get)),
  sources,
  ...(provider.readPostedName && { sendsNameOnce: true }),
})

/** GET at a provider's API with the user's bearer token. */
export const bearerGet =
  (send: Send, provider: OAuth2Provider | OidcProvider, tokens: ApiTokens): ApiGet =>
  path => {
    const { href } = new URL(path, provider.apiBaseUrl)
    const request = withUserToken(provider, apiRequest(href, tokens.accessToken), tokens)
    return inStep('api', href, async () => readApiResponse(await send(request)))
  }

/** The request as the preset wants it, with the user's bearer token, which the preset does not see. */
export const withUserToken = (
  provider: OAuth2Provider | OidcProvider,
  request: HttpRequest,
  { accessToken }: ApiTokens,
): HttpRequest => withBearerToken(prepareApiRequest(provider, request), accessToken)

/**
 * An API request with the preset's headers, where it has none of the same name, and then with the preset's own change.
 */
export function prepareApiRequest(provider: Provider, request: HttpRequest): HttpRequest {
  const { apiHeaders = {}, beforeApiRequest } = provider
  // An `Authorization` of the caller is no proof of ours, and the preset would read it.
  const { headers } = withoutHeader(request, 'Authorization')
  const prepared = withHeaders({ ...request, headers: apiHeaders }, headers)
  return beforeApiRequest ? beforeApiRequest(prepared) : prepared
}

/** A client whose authorization request lets the user choose another account. */
export const withSwitchParams = <Client extends Pick<OAuthClient, 'authorizeParams'>>(
  client: Client,
  switchParams: Params = [],
): Client => ({
  ...client,
  authorizeParams: [
    ...client.authorizeParams.filter(([name]) => !switchParams.some(([other]) => other === name)),
    ...switchParams,
  ],
})

/** The client with a secret that is made for this one request, where the provider requires such a secret. */
export const withClientSecret = <Client extends OAuthClient>(
  client: Client,
  { createClientSecret }: Pick<OAuth2Provider, 'createClientSecret'>,
  now: () => number,
): Client => (createClientSecret ? { ...client, clientSecret: createClientSecret(now()) } : client)
