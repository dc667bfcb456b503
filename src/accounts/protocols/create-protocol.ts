import type { Provider } from '../../providers/provider.js'
import { createOAuth1Protocol } from './oauth1.js'
import { createOAuth2Protocol } from './oauth2.js'
import { createOidcProtocol } from './oidc.js'
import type { Protocol, ProtocolContext } from './protocol.js'

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
