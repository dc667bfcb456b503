import type { Metadata } from '../../oauth/discovery.js'
import { inStep } from '../../oauth/errors.js'
import type { Json, JsonObject, OAuthClient, Send } from '../../oauth/types.js'
import { readUserinfo, readUserResponse, userRequest } from '../../oauth/userinfo.js'
import type { OidcProvider } from '../../providers/provider.js'
import { authorizeApiRequest } from './api-request.js'
import { sendAsDiscovered } from './discovery.js'
import type { ApiTokens } from './protocol.js'

/** A client whose URLs the metadata may have named. */
export type DiscoveredClient = OAuthClient & Pick<Metadata, 'fromPrivateNetwork'>

/** What is not given by hand, the provider's metadata tell. */
export function resolveClient(provider: OidcProvider, metadata: Metadata): DiscoveredClient {
  return {
    ...provider,
    issuer: metadata.issuer,
    fromPrivateNetwork: metadata.fromPrivateNetwork,
    authorizeUrl: provider.authorizeUrl ?? metadata.authorizationEndpoint,
    tokenUrl: provider.tokenUrl ?? metadata.tokenEndpoint,
    userUrl: provider.userUrl === null ? '' : (provider.userUrl ?? metadata.userinfoEndpoint ?? ''),
    revocationUrl: provider.revocationUrl ?? metadata.revocationEndpoint,
    tokenEndpointAuthMethod: authMethodOf(provider, metadata),
  }
}

/** Both carry the same secret; a provider that takes one of them only says so. What is given by hand wins. */
function authMethodOf(provider: OidcProvider, { tokenEndpointAuthMethods: supported }: Metadata) {
  const { tokenEndpointAuthMethod: own, authMethodGiven } = provider
  if (
    !authMethodGiven &&
    own === 'client_secret_basic' &&
    !supported.includes(own) &&
    supported.includes('client_secret_post')
  ) {
    return 'client_secret_post'
  }
  return own
}

/** What its callbacks say of the issuer; of one with a tenant in it nobody knows before the ID token. */
export const expectedCallbackIssuer = ({ issuer, issuerOf }: OidcProvider, { authorizationResponseIss }: Metadata) => ({
  ...(!issuerOf && { issuer }),
  ...(authorizationResponseIss && { issuerRequired: true as const }),
})

/** What the user endpoint says of a subject; where none is known, of whomever the token belongs to. */
export function fetchUserinfo(
  subject: Json | undefined,
  provider: OidcProvider,
  client: DiscoveredClient,
  send: Send,
  tokens: ApiTokens,
): Promise<JsonObject> {
  const request = authorizeApiRequest(provider, userRequest(client.userUrl, tokens.accessToken, provider), tokens)
  return inStep('userinfo', request.url, async () => {
    const response = await sendAsDiscovered(send, provider, client)(request)
    if (typeof subject !== 'string') return readUserResponse(response)
    return readUserinfo(response, subject, provider.checkUserResponse)
  })
}
