import { discoveryRequests, type Metadata, metadataRequest, readMetadata } from '../../oauth/discovery.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { type Jwks, jwksRequest, readJwks } from '../../oauth/jwks.js'
import { UnknownKey } from '../../oauth/signed-token.js'
import type { HttpRequest, Send } from '../../oauth/types.js'
import type { OidcProvider } from '../../providers/provider.js'
import { type Cached, createCached } from './cached.js'
import { sendFollowingRedirect } from './follow-redirect.js'
import type { ProtocolContext, Wait } from './protocol.js'

/**
 * What an OpenID provider says of itself, and its keys: fetched when they are first needed, and kept. A fetch has a place
 * and a deadline of its own, so that it belongs to none of those who wait for it.
 */
export interface IssuerMetadata {
  /** The metadata where nothing has to be discovered. */
  readonly configuredMetadata: Metadata | undefined
  metadata(wait?: Wait): Promise<Metadata>
  /** Does something with the provider's keys, and once more with newer ones where these knew nothing. */
  withJwks<T>(metadata: Metadata, work: (keys: Jwks) => T, wait?: Wait): Promise<T>
}

/** Each provider has its own, so that no key of one ever verifies a token of another. */
export function createIssuerMetadata(
  provider: OidcProvider,
  { monotonic, fetching }: Pick<ProtocolContext, 'monotonic' | 'fetching'>,
): IssuerMetadata {
  const discovered = createCached<Metadata>(monotonic)
  const configuredMetadata = metadataFromSettings(provider)
  let keys = { url: '', kept: createCached<Jwks>(monotonic) }

  /** Another place is another set: what is still under way from the old one must not end up there. */
  function cachedJwksAt(url: string): Cached<Jwks> {
    if (url !== keys.url) keys = { url, kept: createCached<Jwks>(monotonic) }
    return keys.kept
  }

  return {
    configuredMetadata: configuredMetadata,
    metadata: async wait =>
      configuredMetadata ?? discovered.get(() => fetching(send => discover(send, provider)), wait),

    async withJwks(metadata, work, wait) {
      const url = provider.jwksUrl ?? metadata.jwksUri
      const cached = cachedJwksAt(url)
      const request = withSource(provider, metadata, jwksRequest(url))
      const fetchJwks = (send: Send) =>
        inStep('keys', url, async () => readJwks(await sendFollowingRedirect(send, request)))
      const load = () => fetching(fetchJwks)
      const first = await cached.get(load, wait)
      try {
        return work(first)
      } catch (error) {
        if (!(error instanceof UnknownKey)) throw error
        const newer = await cached.refreshIfSame(first, load, wait)
        if (newer === undefined) throw keysFetchedTooRecently(error)
        return work(newer)
      }
    },
  }
}

const keysFetchedTooRecently = ({ code, message, details }: UnknownKey): ProtocolError =>
  new ProtocolError(
    code,
    `${message}; they were fetched less than a minute ago, and can be fetched again soon`,
    details,
  )

/**
 * What the settings say in place of discovery: with the three URLs that a sign-in cannot do without, nothing is
 * discovered, and what they do not name besides is not there. Where metadata may be silent, the standard's default counts.
 * That the callback carries `iss` is not known then, so it may be missing (RFC 9207, 2.4); a wrong one is refused.
 */
function metadataFromSettings(provider: OidcProvider): Metadata | undefined {
  const { issuer, discoveryIssuer, authorizeUrl, tokenUrl, jwksUrl, revocationUrl, endSessionUrl } = provider
  if (authorizeUrl === undefined || tokenUrl === undefined || jwksUrl === undefined) return undefined
  return {
    issuer: discoveryIssuer ?? issuer,
    fromPrivateNetwork: false,
    ...{ authorizationEndpoint: authorizeUrl, tokenEndpoint: tokenUrl, jwksUri: jwksUrl },
    ...{ revocationEndpoint: revocationUrl, endSessionEndpoint: endSessionUrl, userinfoEndpoint: undefined },
    idTokenAlgs: ['RS256'],
    authorizationResponseIss: false,
    tokenEndpointAuthMethods: ['client_secret_basic'],
    promptValues: undefined,
  }
}

/** The way out to what discovery found; what the settings or the row say themselves may lead anywhere. */
export const sendAsDiscovered =
  (send: Send, provider: OidcProvider, metadata: Pick<Metadata, 'fromPrivateNetwork'>): Send =>
  request =>
    send(withSource(provider, metadata, request))

/** A request that says where the metadata came from, if they named its URL: that decides whether it may be in our network. */
function withSource(
  provider: OidcProvider,
  { fromPrivateNetwork }: Pick<Metadata, 'fromPrivateNetwork'>,
  request: HttpRequest,
): HttpRequest {
  const { tokenUrl, refreshUrl, revocationUrl, userUrl, jwksUrl } = provider
  const configuredUrls = [tokenUrl, refreshUrl, revocationUrl, userUrl, jwksUrl]
  if (configuredUrls.includes(request.url)) return request
  return { ...request, discovered: { by: provider.discoveryUrl ?? provider.issuer, fromPrivateNetwork } }
}

/** Reads the metadata where the settings say, and nowhere else; without a word of them, where the standards say. */
async function discover(send: Send, provider: OidcProvider): Promise<Metadata> {
  const { issuer, discoveryIssuer, discoveryUrl } = provider
  const options = {
    ...(discoveryIssuer !== undefined && { announced: discoveryIssuer }),
    ...(discoveryUrl !== undefined && { readAt: discoveryUrl }),
  }
  const read = (request: HttpRequest) =>
    inStep('discovery', request.url, async () =>
      readMetadata(await sendFollowingRedirect(send, request), issuer, options),
    )
  return discoveryUrl === undefined ? discoverAtIssuer(issuer, read) : read(metadataRequest(discoveryUrl))
}

/** Asks in both ways there are; the first one's failure is the one to tell, unless the second one succeeds. */
async function discoverAtIssuer(issuer: string, read: (request: HttpRequest) => Promise<Metadata>): Promise<Metadata> {
  const [first, second] = discoveryRequests(issuer)
  if (!first || !second) throw new Error('There are two ways to ask')
  try {
    return await read(first)
  } catch (error) {
    // Only where nothing is: what is there but wrong must not be looked for elsewhere.
    if (!(error instanceof ProtocolError) || error.status !== 404) throw error
    return await read(second).catch(() => Promise.reject(error))
  }
}
