import type { Config } from '../config/types.js'
import type { Keyring } from '../crypto/keys.js'
import type { Provider } from '../providers/provider.js'
import type { AccountsDeps } from './deps.js'
import { createProtocols } from './protocols/create-protocols.js'
import { createProviderClient } from './provider-api/client.js'
import { loadLiveProfile } from './provider-api/live-profile.js'
import type { ProviderCalls } from './provider-calls.js'
import type { SafePath } from './return-path.js'
import { backchannelLogout, endOtherSessions, endSession, signOut } from './sessions/end-sessions.js'
import { browserIdOf } from './sign-in/attempt.js'
import { finishSignIn } from './sign-in/callback.js'
import { isRecentSignIn, startLinking, unlinkIdentity } from './sign-in/linking.js'
import { createRecentStarts } from './sign-in/recent-starts.js'
import { startAccountSwitch, startSignIn, startsWithoutRequest } from './sign-in/start.js'
import { loadAccountPage } from './users/account-page.js'
import { deleteAccount } from './users/delete-account.js'

export type { ProviderClient } from './provider-api/client.js'
export type { ClientOptions } from './provider-api/token-source.js'
export type { ReturnPaths, SafePath } from './return-path.js'
export type { ActiveSession } from './sessions/active-session.js'
export type { Browser, SessionHandle, SessionLimits, Sessions } from './sessions/sessions.js'
export type { CallbackRequest, Caller, SealedAttempt } from './sign-in/attempt.js'
export type { AttemptCookies } from './sign-in/attempt-cookies.js'
export type { IdentityLinked, SignedIn, SignInResult } from './sign-in/callback.js'
export type { StartedSignIn } from './sign-in/start.js'
export type { AccountPage, AccountPageConnection, AccountPageEvent, AccountPageSession } from './users/account-page.js'

/** The settings that accounts depend on. */
type AccountsConfig = Pick<Config, 'allowedUsers' | 'roleRules' | 'accountLinking' | 'basePath'> & {
  publicUrl: string
}

/** The services that accounts are built on: see `services.ts`. */
interface AccountsServices
  extends Omit<
    AccountsDeps,
    | 'providers'
    | 'accessRules'
    | 'roleRules'
    | 'linking'
    | 'recentStarts'
    | 'attemptSealer'
    | 'redirectUri'
    | 'home'
    | keyof ProviderCalls
  > {
  keyring: Pick<Keyring, 'sealer'>
  providers: readonly Provider[]
  httpClient: ProviderCalls
}

/** The whole interface between `web/` and `accounts/`: each function below, without its dependencies. */
export type Accounts = ReturnType<typeof createAccounts>

/** @param home where a sign-in ends that cannot remember its return path */
export function createAccounts(config: AccountsConfig, services: AccountsServices, home: SafePath) {
  const { keyring, httpClient, now } = services
  const deps: AccountsDeps = {
    ...services,
    providers: createProtocols(services.providers, httpClient, services),
    accessRules: config.allowedUsers,
    roleRules: config.roleRules,
    linking: config.accountLinking,
    takeSlot: httpClient.takeSlot,
    waitForSlot: httpClient.waitForSlot,
    home,
    attemptSealer: keyring.sealer('attempt'),
    recentStarts: createRecentStarts(now),
    redirectUri: callbackPath => config.publicUrl + config.basePath + callbackPath,
  }
  return {
    startSignIn: startSignIn.bind(null, deps),
    startAccountSwitch: startAccountSwitch.bind(null, deps),
    startsWithoutRequest: startsWithoutRequest.bind(null, deps.providers),
    browserIdOf: browserIdOf.bind(null, deps.attemptSealer),
    finishSignIn: finishSignIn.bind(null, deps),
    loadLiveProfile: loadLiveProfile.bind(null, deps),
    loadAccountPage: loadAccountPage.bind(null, deps),
    isRecentSignIn: isRecentSignIn.bind(null, now),
    startLinking: startLinking.bind(null, deps),
    unlinkIdentity: unlinkIdentity.bind(null, deps),
    endSession: endSession.bind(null, deps),
    endOtherSessions: endOtherSessions.bind(null, deps),
    deleteAccount: deleteAccount.bind(null, deps),
    signOut: signOut.bind(null, deps),
    backchannelLogout: backchannelLogout.bind(null, deps),
    providerClient: createProviderClient.bind(null, deps),
  }
}
