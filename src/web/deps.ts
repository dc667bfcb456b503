import type { Accounts, ReturnPaths, SessionLimits } from '../accounts/accounts.js'
import type { ProtocolName } from '../config/types.js'
import type { Signer } from '../crypto/keys.js'
import type { Cookies } from './cookies.js'
import type { SealedResponses } from './form-post.js'
import type { RateLimits } from './guards/rate-limit-counters.js'
import type { HostMismatches } from './host-mismatch.js'
import type { Links } from './links.js'
import type { ForgetEndedSession } from './middleware/session.js'
import type { Respond } from './respond.js'

/** What handlers, guards and middleware use. server.ts builds it once. */
export interface WebDeps {
  accounts: Accounts
  /** Resolves when the database responds, has the current schema, and can be written. */
  checkReady(): Promise<void>
  /** Whether the session of this handle has passed one of its limits. A session that was ended has not. */
  hasTimedOut(handle: string): Promise<boolean>
  respond: Respond
  forgetEndedSession: ForgetEndedSession
  cookies: Cookies
  links: Links
  hostMismatches: HostMismatches
  /** The environment is `local`, where error pages show the cause. */
  local: boolean
  /** Undefined: nothing is counted. */
  rateLimits: RateLimits | undefined
  returnPaths: ReturnPaths
  csrf: Signer
  /** By name, in the order of PROVIDERS. */
  providers: ReadonlyMap<string, WebProvider>
  sealedResponses: SealedResponses
  defaultProvider: string | undefined
  publicUrl: string
  sessionLimits: SessionLimits
  now(): number
}

/** What the pages and routes need of a provider. */
export interface WebProvider {
  label: string
  protocol: ProtocolName
  /** Without BASE_PATH. */
  callbackPath: string
  /** It sends the browser back by a cross-site POST (OAuth 2.0 Form Post Response Mode). */
  usesFormPost: boolean
}
