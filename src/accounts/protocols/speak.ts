import type { Provider } from '../../providers/provider.js'
import { speakOAuth1 } from './oauth1.js'
import { speakOAuth2 } from './oauth2.js'
import { speakOidc } from './oidc.js'
import type { Protocol, Surroundings } from './protocol.js'

/** The only place that asks what a provider speaks. */
export function speak(provider: Provider, around: Surroundings): Protocol {
  switch (provider.protocol) {
    case 'oauth2':
      return speakOAuth2(provider, around)
    case 'oidc':
      return speakOidc(provider, around)
    case 'oauth1':
      return speakOAuth1(provider, around)
  }
}
