import type { Provider } from '../../providers/provider.js'
import { METADATA_TIMEOUT_MS, type ProviderCalls, withCallSlot } from '../provider-calls.js'
import { createOAuth1Protocol } from './oauth1.js'
import { createOAuth2Protocol } from './oauth2.js'
import { createOidcProtocol } from './oidc.js'
import type { Clock, Protocol, ProtocolContext, WithSend } from './protocol.js'

/** The protocol of each provider, by its name. Metadata are fetched in a slot of their own, once for all requests that need them. */
export function createProtocols(
  providers: readonly Provider[],
  calls: ProviderCalls,
  clock: Clock,
): Map<string, Protocol> {
  const use = { purpose: 'metadata', within: METADATA_TIMEOUT_MS } as const
  const { now, monotonic, random } = clock
  return new Map(
    providers.map(provider => {
      const { name } = provider
      const withSharedSend: WithSend = work => withCallSlot(calls, name, use, work)
      return [name, createProtocol(provider, { now, monotonic, random, withSharedSend })]
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
