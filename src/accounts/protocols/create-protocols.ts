import type { Provider } from '../../providers/provider.js'
import { metadataSlots, type ProviderCalls } from '../provider-calls.js'
import { createOAuth1Protocol } from './oauth1.js'
import { createOAuth2Protocol } from './oauth2.js'
import { createOidcProtocol } from './oidc.js'
import type { Clock, Protocol, ProtocolContext } from './protocol.js'

/**
 * The protocol of each provider, by its name. Metadata are fetched in a slot of their own, once for all requests that
 * need them.
 */
export function createProtocols(
  providers: readonly Provider[],
  calls: ProviderCalls,
  { now, monotonic, random }: Clock,
): Map<string, Protocol> {
  return new Map(
    providers.map(provider => {
      const context = { now, monotonic, random, withSharedSend: metadataSlots(calls, provider.name) }
      return [provider.name, createProtocol(provider, context)]
    }),
  )
}

/** The only place that asks which protocol a provider uses. */
export function createProtocol(provider: Provider, context: ProtocolContext): Protocol {
  switch (provider.protocol) {
    case 'oauth2':
      return createOAuth2Protocol(provider, context)
    case 'oidc':
      return createOidcProtocol(provider, context)
    case 'oauth1':
      return createOAuth1Protocol(provider, context)
  }
}
