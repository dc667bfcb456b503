import type { Client } from '../clients.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Pages } from '../pages.js'
import type { ProtocolLink } from '../protocols.js'
import type { CredentialStore } from './credentials.js'
import type { OAuth1Fault } from './faults.js'
import type { Nonces } from './nonces.js'

/** What the routes of OAuth 1.0a use. */
export interface OAuth1Deps {
  /** Our own address. */
  url: string
  appOrigin: string
  clients: readonly Client[]
  protocols: readonly ProtocolLink[]
  credentials: CredentialStore
  nonces: Nonces
  /** Faults for a client's next request for temporary credentials, by client id. */
  pendingFaults: Map<string, OAuth1Fault>
  faultInjector: FaultInjector
  pages: Pages
}
