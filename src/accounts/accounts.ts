import type { Provider } from '../providers/provider.js'
import { createAppReturnPaths } from '../return-paths.js'
import type { ResolvedConfig, Services } from '../services.js'
import { withCallSlot } from './call-slot.js'
import type { AccountsDeps as Story } from './deps.js'
import { createProtocol } from './protocols/create-protocol.js'
import type { WithSend } from './protocols/protocol.js'
import { createProviderClient } from './provider-api/client.js'
import { loadLiveProfile } from './provider-api/live-profile.js'
import { backchannelLogout, deleteAccount, endOtherSessions, endSession, signOut } from './sessions/sign-out.js'
import { browserIdOf } from './sign-in/attempt.js'
import { finishSignIn } from './sign-in/callback.js'
import { isRecentSignIn, startLinking, unlinkIdentity } from './sign-in/linking.js'
import { createRecentStarts } from './sign-in/recent-starts.js'
import { startAccountSwitch, startSignIn, startsWithoutRequest } from './sign-in/start.js'
import { METADATA_TIMEOUT_MS } from './time-limits.js'
import { loadAccountPage } from './users/account-page.js'

/** The verbs of `accounts/`, each bound to what it stands on. */
export function createAccounts(config: ResolvedConfig, services: Services) {
  const { publicUrl: origin, basePath, homePath } = config
  const { keyring, httpClient: outbound, providers: rows, now, monotonic, random } = services
  const sharedSendTo =
    (name: string): WithSend =>
    work =>
      withCallSlot(outbound, name, { purpose: 'metadata', within: METADATA_TIMEOUT_MS }, work)
  const protocolFor = (row: Provider) =>
    createProtocol(row, { now, monotonic, random, fetching: sharedSendTo(row.name) })
  const deps: Story = {
    ...services,
    providers: new Map(rows.map(row => [row.name, protocolFor(row)])),
    rules: config.allowedUsers,
    roleRules: config.roleRules,
    linking: config.accountLinking,
    takeSlot: outbound.takeSlot,
    waitForSlot: outbound.waitForSlot,
    home: createAppReturnPaths({ origin, basePath, homePath, reserved: [] }).home,
    attemptSealer: keyring.sealer('attempt'),
    recentStarts: createRecentStarts(now),
    redirectUri: (callbackPath: string) => config.publicUrl + config.basePath + callbackPath,
  }
  return {
    startSignIn: startSignIn.bind(null, deps),
    startAccountSwitch: startAccountSwitch.bind(null, deps),
    startsWithoutRequest: startsWithoutRequest.bind(null, deps),
    browserIdOf: browserIdOf.bind(null, deps.attemptSealer),
    finishSignIn: finishSignIn.bind(null, deps),
    loadLiveProfile: loadLiveProfile.bind(null, deps),
    loadAccountPage: loadAccountPage.bind(null, deps),
    isRecentSignIn: isRecentSignIn.bind(null, deps),
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
