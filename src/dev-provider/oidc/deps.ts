import type { Client } from '../clients.js'
import type { FaultInjector } from '../fault-injection.js'
import type { Grants } from '../grants.js'
import type { Pages } from '../pages.js'
import type { ProtocolLink } from '../protocols.js'
import type { RsaKeys } from './keys.js'
import type { OidcGrant, OidcSessions } from './sessions.js'

/** Posts a form to the app and returns the status of its response; throws if there is none. */
export type PostForm = (url: string, form: string) => Promise<number>

/** What the routes of OpenID Connect use. */
export interface OidcDeps {
  issuer: string
  appOrigin: string
  clients: readonly Client[]
  protocols: readonly ProtocolLink[]
  grants: Grants<OidcGrant>
  sessions: OidcSessions
  keys: RsaKeys
  /** Whether the endpoint of the public keys fails at the moment. */
  outage: { jwksHidden: boolean }
  faultInjector: FaultInjector
  pages: Pages
  post: PostForm
  /** Milliseconds. */
  now: () => number
}
