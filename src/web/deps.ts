import type { ProviderClient } from '../accounts/provider-api/client.js'
import type { ClientOptions } from '../accounts/provider-api/client-options.js'
import type { LiveProfile } from '../accounts/provider-api/live-profile.js'
import type { ReturnPaths, SafePath } from '../accounts/return-path.js'
import type { ActiveSession } from '../accounts/sessions/active-session.js'
import type { Browser, SessionLimits } from '../accounts/sessions/sessions.js'
import type { AttemptCookies } from '../accounts/sign-in/attempt.js'
import type { SignInResult } from '../accounts/sign-in/callback.js'
import type { CallbackRequest, Caller } from '../accounts/sign-in/callback-request.js'
import type { UnlinkResult } from '../accounts/sign-in/linking.js'
import type { StartedSignIn } from '../accounts/sign-in/start.js'
import type { AccountPage } from '../accounts/users/account-page.js'
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
  /** The verbs of the floor below. */
  accounts: {
    startSignIn(provider: string, returnTo: SafePath, caller: Caller, ticket?: string): Promise<StartedSignIn>
    /** Undefined where no way is known to let the person choose another account there. */
    startAccountSwitch(provider: string, returnTo: SafePath, caller: Caller): Promise<StartedSignIn | undefined>
    startsWithoutRequest(provider: string): boolean
    browserIdOf(attempts: AttemptCookies): string | undefined
    finishSignIn(visit: CallbackRequest): Promise<SignInResult>
    loadLiveProfile(session: ActiveSession): Promise<LiveProfile>
    loadAccountPage(session: ActiveSession): Promise<AccountPage>
    /** Whether the sign-in is young enough to change who may enter: ten minutes. */
    isRecentSignIn(session: ActiveSession): boolean
    startLinking(
      session: ActiveSession,
      provider: string,
      returnTo: SafePath,
      caller: Caller,
      options?: { asAnother?: boolean },
    ): Promise<StartedSignIn>
    unlinkIdentity(session: ActiveSession, identityId: string, browser: Browser): Promise<UnlinkResult>
    /** False where there was no such session of theirs. */
    endSession(session: ActiveSession, id: string, browser: Browser): Promise<boolean>
    endOtherSessions(session: ActiveSession, browser: Browser): Promise<void>
    deleteAccount(session: ActiveSession): Promise<void>
    /** Ends a session; returns where the provider ends its own, if it does. */
    signOut(session: ActiveSession, browser: Browser): Promise<string | undefined>
    backchannelLogout(provider: string, token: string): Promise<void>
    providerClient(session: ActiveSession, name: string, options?: ClientOptions): ProviderClient
  }
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
