import type { Client } from '../clients.js'
import type { FaceLink } from '../faces.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Pages } from '../pages.js'
import type { Credentials } from './credentials.js'
import type { OAuth1Fault } from './faults.js'
import type { Nonces } from './nonces.js'

/** What the OAuth 1.0a face stands on. */
export interface OAuth1Deps {
  /** Our own address. */
  url: string
  appOrigin: string
  clients: readonly Client[]
  faces: readonly FaceLink[]
  credentials: Credentials
  nonces: Nonces
  /** What is to go wrong with a client's next request for temporary credentials, by its id. */
  armed: Map<string, OAuth1Fault>
  faultInjector: FaultInjector
  pages: Pages
}
