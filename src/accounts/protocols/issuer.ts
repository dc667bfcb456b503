import { discoveryRequests, type Metadata, readMetadata } from '../../oauth/discovery.js'
import { ProtocolError } from '../../oauth/errors.js'
import { type Jwks, jwksRequest, readJwks } from '../../oauth/jwks.js'
import { UnknownKey } from '../../oauth/signed-token.js'
import type { Send } from '../../oauth/types.js'
import type { OidcProvider } from '../../providers/provider.js'
import { type Kept, keep } from './kept.js'

/** What an OpenID provider says of itself, and its keys: fetched when they are first needed, and kept. */
export interface Issuer {
  metadata(send: Send): Promise<Metadata>
  /** Does something with the provider's keys, and once more with newer ones where these knew nothing. */
  withKeys<T>(send: Send, metadata: Metadata, work: (keys: Jwks) => T): Promise<T>
}

/** Each provider has its own, so that no key of one ever verifies a token of another. */
export function createIssuer(provider: OidcProvider, monotonic: () => number): Issuer {
  const known = keep<Metadata>(monotonic)
  let keys = { url: '', kept: keep<Jwks>(monotonic) }

  /** Another place is another set: what is still under way from the old one must not end up there. */
  function keysAt(url: string): Kept<Jwks> {
    if (url !== keys.url) keys = { url, kept: keep<Jwks>(monotonic) }
    return keys.kept
  }

  return {
    metadata: send => known.get(() => discover(send, provider)),

    async withKeys(send, metadata, work) {
      const url = provider.jwksUrl ?? metadata.jwksUri
      const kept = keysAt(url)
      const load = async () => readJwks(await asDiscovered(send, provider)(jwksRequest(url)))
      const first = await kept.get(load)
      try {
        return work(first)
      } catch (error) {
        if (!(error instanceof UnknownKey)) throw error
        const newer = await kept.newerThan(first, load)
        if (newer === undefined) throw error
        return work(newer)
      }
    },
  }
}

/** The way out to what discovery found; what the settings or the row say themselves may lead anywhere. */
export function asDiscovered(send: Send, provider: OidcProvider): Send {
  const { tokenUrl, refreshUrl, revocationUrl, userUrl, jwksUrl } = provider
  const own = [tokenUrl, refreshUrl, revocationUrl, userUrl, jwksUrl]
  return request => send(own.includes(request.url) ? request : { ...request, discoveredBy: provider.issuer })
}

/** Asks in both ways there are; the first one's failure is the one to tell, unless the second one succeeds. */
async function discover(send: Send, { issuer, announcedIssuer }: OidcProvider): Promise<Metadata> {
  const options = announcedIssuer === undefined ? {} : { announced: announcedIssuer }
  const [first, second] = discoveryRequests(issuer).map(request => async () => {
    return readMetadata(await send(request), issuer, options)
  })
  if (!first || !second) throw new Error('There are two ways to ask')
  try {
    return await first()
  } catch (error) {
    // Only where nothing is: what is there but wrong must not be looked for elsewhere.
    if (!(error instanceof ProtocolError) || error.status !== 404) throw error
    return await second().catch(() => Promise.reject(error))
  }
}
