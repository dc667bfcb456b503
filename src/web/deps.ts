import type { AccountPage } from '../accounts/account-page.js'
import type { BroughtAttempts } from '../accounts/attempt.js'
import type { Disconnected } from '../accounts/connections.js'
import type { LiveProfile } from '../accounts/live-profile.js'
import type { LiveSession } from '../accounts/live-session.js'
import type { ReturnPaths, SafePath } from '../accounts/return-path.js'
import type { Browser, SessionLimits } from '../accounts/sessions.js'
import type { Arrival } from '../accounts/sign-in.js'
import type { Start } from '../accounts/start.js'
import type { ClientOptions } from '../accounts/tokens/client-options.js'
import type { ProviderClient } from '../accounts/tokens/provider-client.js'
import type { Caller, Visit } from '../accounts/visit.js'
import type { ProtocolName } from '../config/types.js'
import type { Signer } from '../crypto/keys.js'
import type { Cookies } from './cookies.js'
import type { ForgetEndedSession } from './ended-session.js'
import type { Links } from './links.js'
import type { PostedAnswers } from './posted-answer.js'
import type { RateLimits } from './rate-limits.js'
import type { Respond } from './respond.js'
import type { Strays } from './strays.js'

/** What handlers and guards stand on. Built once, in server.ts. */
export interface Deps {
  /** The verbs of the floor below. */
  accounts: {
    startSignIn(provider: string, returnTo: SafePath, caller: Caller, ticket?: string): Promise<Start>
    /** Undefined where no way is known to let the person choose another account there. */
    startSwitch(provider: string, returnTo: SafePath, caller: Caller): Promise<Start | undefined>
    startsAtOnce(provider: string): boolean
    browserOf(attempts: BroughtAttempts): string | undefined
    finishSignIn(visit: Visit): Promise<Arrival>
    loadLiveProfile(session: LiveSession): Promise<LiveProfile>
    loadAccount(session: LiveSession): Promise<AccountPage>
    /** Whether the sign-in is young enough to change who may enter: ten minutes. */
    isFresh(session: LiveSession): boolean
    startConnecting(
      session: LiveSession,
      provider: string,
      returnTo: SafePath,
      caller: Caller,
      options?: { asAnother?: boolean },
    ): Promise<Start>
    disconnect(session: LiveSession, identityId: string, browser: Browser): Promise<Disconnected>
    /** False where there was no such session of theirs. */
    endSession(session: LiveSession, id: string, browser: Browser): Promise<boolean>
    endOtherSessions(session: LiveSession, browser: Browser): Promise<void>
    leave(session: LiveSession): Promise<void>
    /** Ends a session; returns where the provider ends its own, if it does. */
    signOut(session: LiveSession, browser: Browser): Promise<string | undefined>
    endByProvider(provider: string, token: string): Promise<void>
    providerClient(session: LiveSession, name: string, options?: ClientOptions): ProviderClient
  }
  /** Resolves when the database answers, its schema is ours, and it can be written. */
  checkReady(): Promise<void>
  /** Whether a session that the request brought is over by its limits, and was not ended. */
  hasTimedOut(handle: string): Promise<boolean>
  respond: Respond
  forgetEndedSession: ForgetEndedSession
  cookies: Cookies
  links: Links
  strays: Strays
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
  postedAnswers: PostedAnswers
  defaultProvider: string | undefined
  publicUrl: string
  sessionLimits: SessionLimits
  now(): number
}
