import type { Accounts, ReturnPaths, SessionLimits } from '../accounts/accounts.js'
import type { ProtocolName } from '../config/types.js'
import type { Signer } from '../crypto/keys.js'
import type { Cookies } from './cookies.js'
import type { ForgetEndedSession } from './ended-session.js'
import type { SealedResponses } from './form-post.js'
import type { RateLimits } from './guards/rate-limit-counters.js'
import type { HostMismatches } from './host-mismatch.js'
import type { Links } from './links.js'
import type { Respond } from './respond.js'

/** What handlers and guards stand on. Built once, in server.ts. */
export interface WebDeps {
  accounts: Accounts
  /** Resolves when the database answers, its schema is ours, and it can be written. */
  checkReady(): Promise<void>
  /** Whether a session that the request brought is over by its limits, and was not ended. */
  hasTimedOut(handle: string): Promise<boolean>
  respond: Respond
  forgetEndedSession: ForgetEndedSession
  cookies: Cookies
  links: Links
  strays: HostMismatches
  /** The environment is local, where pages say why. */
  local: boolean
  /** Undefined: nothing is counted. */
  rateLimits: RateLimits | undefined
  returnPaths: ReturnPaths
  csrf: Signer
  /** In the order of PROVIDERS. */
  providerLabels: ReadonlyMap<string, string>
  /** What each of them speaks. */
  protocols: ReadonlyMap<string, ProtocolName>
  callbackPaths: ReadonlyMap<string, string>
  /** Those that send the browser back by a cross-site POST (OAuth 2.0 Form Post Response Mode). */
  formPostProviders: ReadonlySet<string>
  postedAnswers: SealedResponses
  defaultProvider: string | undefined
  publicUrl: string
  sessionLimits: SessionLimits
  now(): number
}
