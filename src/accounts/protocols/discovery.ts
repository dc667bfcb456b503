import type { HttpRequest, HttpResponse, Send } from '../../http/types.js'
import { discoveryRequests, type Metadata, metadataRequest, readMetadata } from '../../oauth/discovery.js'
import { inStep, ProtocolError } from '../../oauth/errors.js'
import { type Jwks, jwksRequest, readJwks } from '../../oauth/jwks.js'
import { UnknownKey } from '../../oauth/signed-token.js'
import { cleanText } from '../../oauth/text.js'
import type { OidcProvider } from '../../providers/provider.js'
import { type Cached, createCached } from './cached.js'
import type { Wait, WithSend } from './protocol.js'

const REDIRECT_STATUSES = [301, 302, 303, 307, 308]
const MAX_URL_CHARS = 2048
/** Visible ASCII without the backslash, which the URL parser would change to a slash. */
const URL_TEXT = /^[\x21-\x5b\x5d-\x7e]+$/
const MAX_SHOWN_CHARS = 200

/**
 * The metadata of an OpenID provider and its keys: fetched when they are first needed, and cached. A fetch has a slot
 * and a deadline of its own, so it does not depend on any of the callers that wait for it.
 */
export interface IssuerMetadata {
  /** Set where the settings replace discovery. */
  readonly configuredMetadata: Metadata | undefined
  metadata(wait?: Wait): Promise<Metadata>
  /** Calls `work` with the provider's keys, and again with newer ones if it throws UnknownKey. */
  withJwks<T>(metadata: Metadata, work: (keys: Jwks) => T, wait?: Wait): Promise<T>
}

/** Each provider has an object of its own, so that no key of one provider verifies a token of another. */
export function createIssuerMetadata(
  provider: OidcProvider,
  monotonic: () => number,
  withSharedSend: WithSend,
): IssuerMetadata {
  const discovered = createCached<Metadata>(monotonic)
  const configuredMetadata = metadataFromSettings(provider)
  let jwks = { url: '', cached: createCached<Jwks>(monotonic) }

  /** Another URL is another key set: a fetch from the old URL that is still running must not end up in the new one. */
  function cachedJwksAt(url: string): Cached<Jwks> {
    if (url !== jwks.url) jwks = { url, cached: createCached<Jwks>(monotonic) }
    return jwks.cached
  }

  return {
    configuredMetadata,
    metadata: async wait =>
      configuredMetadata ?? discovered.get(() => withSharedSend(send => discover(send, provider)), wait),

    async withJwks(metadata, work, wait) {
      const url = provider.jwksUrl ?? metadata.jwksUri
      const cached = cachedJwksAt(url)
      const request = withSource(provider, metadata, jwksRequest(url))
      const load = () =>
        withSharedSend(send => inStep('keys', url, async () => readJwks(await sendFollowingRedirect(send, request))))
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
 * The metadata from the settings: with the three URLs that every sign-in needs, nothing is discovered, and an endpoint
 * that they do not name does not exist. Where metadata may leave a field out, the standard's default counts. It is not
 * known then whether the callback carries `iss`, so it may be missing (RFC 9207, 2.4); a wrong one is refused.
 */
function metadataFromSettings(provider: OidcProvider): Metadata | undefined {
  const { issuer, discoveryIssuer, authorizeUrl, tokenUrl, jwksUrl, revocationUrl, endSessionUrl } = provider
  if (authorizeUrl === undefined || tokenUrl === undefined || jwksUrl === undefined) return undefined
  return {
    issuer: discoveryIssuer ?? issuer,
    fromPrivateNetwork: false,
    authorizationEndpoint: authorizeUrl,
    tokenEndpoint: tokenUrl,
    jwksUri: jwksUrl,
    userinfoEndpoint: undefined,
    revocationEndpoint: revocationUrl,
    endSessionEndpoint: endSessionUrl,
    idTokenAlgs: ['RS256'],
    authorizationResponseIss: false,
    tokenEndpointAuthMethods: ['client_secret_basic'],
    promptValues: undefined,
  }
}

/** Sends to URLs that discovery found; a URL of the settings or of the preset may lead anywhere. */
export const sendAsDiscovered =
  (send: Send, provider: OidcProvider, metadata: Pick<Metadata, 'fromPrivateNetwork'>): Send =>
  request =>
    send(withSource(provider, metadata, request))

/** Says of a URL that the metadata named where these came from: that decides whether it may be in a private network. */
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

/** Reads the metadata at the URL of the settings and nowhere else; without that setting, where the standards say. */
async function discover(send: Send, provider: OidcProvider): Promise<Metadata> {
  const { issuer, discoveryIssuer, discoveryUrl } = provider
  const options = {
    ...(discoveryIssuer !== undefined && { discoveryIssuer }),
    ...(discoveryUrl !== undefined && { readAt: discoveryUrl }),
  }
  const read = (request: HttpRequest) =>
    inStep('discovery', request.url, async () =>
      readMetadata(await sendFollowingRedirect(send, request), issuer, options),
    )
  return discoveryUrl === undefined ? discoverAtIssuer(issuer, read) : read(metadataRequest(discoveryUrl))
}

/** Tries both URLs of the standards. If neither works, the failure of the first one is thrown. */
async function discoverAtIssuer(issuer: string, read: (request: HttpRequest) => Promise<Metadata>): Promise<Metadata> {
  const [first, second] = discoveryRequests(issuer)
  if (!first || !second) throw new Error('There are two metadata URLs')
  try {
    return await read(first)
  } catch (error) {
    // Only where there is nothing: metadata that are there but wrong must not be looked for elsewhere.
    if (!(error instanceof ProtocolError) || error.status !== 404) throw error
    return await read(second).catch(() => Promise.reject(error))
  }
}

/**
 * Sends a GET that carries no secret, and follows one redirect on the same origin: some servers have their metadata
 * only at a URL with a slash at its end (django-oauth-toolkit 1.7.0). No other request may be sent this way, because
 * its code, token or secret would be sent to the target too.
 * @throws ProtocolError provider_malformed for any other redirect, with the URL that was requested and the target
 */
export async function sendFollowingRedirect(send: Send, request: HttpRequest): Promise<HttpResponse> {
  const response = await send(request)
  if (!REDIRECT_STATUSES.includes(response.status)) return response
  const target = sameOriginTarget(request.url, response)
  const second = await send(requestAtTarget(request, target, response))
  if (!REDIRECT_STATUSES.includes(second.status)) return second
  throw redirectError(target, second, 'and only one redirect is followed')
}

/**
 * Metadata may lead into a private network only if the redirect came from there: the host's address may have changed.
 */
const requestAtTarget = (
  request: HttpRequest,
  url: string,
  { fromPrivateNetwork = false }: HttpResponse,
): HttpRequest => ({
  ...request,
  url,
  ...(request.forMetadata && { discovered: { by: request.url, fromPrivateNetwork } }),
})

/** The URL of a redirect, absolute and without a fragment. */
function sameOriginTarget(url: string, response: HttpResponse): string {
  const location = response.headers?.get('location') ?? ''
  if (location === '') throw redirectError(url, response, 'without a Location header')
  if (location.length > MAX_URL_CHARS || !URL_TEXT.test(location) || !URL.canParse(location, url)) {
    throw redirectError(url, response, 'and its Location header is not a URL')
  }
  const target = new URL(location, url)
  target.hash = ''
  if (target.username !== '' || target.password !== '') {
    throw redirectError(url, response, 'and the target holds credentials')
  }
  if (target.origin === new URL(url).origin) return target.href
  throw redirectError(url, response, 'and only a redirect on the same origin is followed')
}

/** For the operator. The queries are left out: they may hold what must not be read in a log. */
function redirectError(url: string, response: HttpResponse, reason: string): ProtocolError {
  const { status } = response
  const location = response.headers?.get('location') ?? ''
  const isUrl = URL_TEXT.test(location) && URL.canParse(location, url)
  const target = isUrl ? ` to ${withoutQuery(new URL(location, url))}` : ''
  const message = `GET ${withoutQuery(new URL(url))} was answered with a redirect (${status})${target}, ${reason}`
  return new ProtocolError('provider_malformed', message, { status, hint: 'redirect' })
}

const withoutQuery = ({ protocol, host, pathname }: URL): string =>
  cleanText(`${protocol}//${host}${pathname}`, MAX_SHOWN_CHARS)
