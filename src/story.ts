import { loadAccountPage } from './accounts/account-page.js'
import { browserOf } from './accounts/attempt.js'
import { disconnect, isFresh, startConnecting } from './accounts/connections.js'
import type { Deps as Story } from './accounts/deps.js'
import { loadLiveProfile } from './accounts/live-profile.js'
import type { Calling } from './accounts/protocols/protocol.js'
import { speak } from './accounts/protocols/speak.js'
import { createRecentStarts } from './accounts/recent-starts.js'
import { finishSignIn } from './accounts/sign-in.js'
import { endByProvider, endOtherSessions, endSession, leave, signOut } from './accounts/sign-out.js'
import { withSlot } from './accounts/slot.js'
import { startSignIn, startSwitch, startsAtOnce } from './accounts/start.js'
import { METADATA_TIMEOUT_MS } from './accounts/time-limits.js'
import { createProviderClient } from './accounts/tokens/provider-client.js'
import type { Ground, PlacedConfig } from './ground.js'
import type { Provider } from './providers/provider.js'
import { returnPathsOf } from './return-paths.js'

/** The verbs of `accounts/`, each bound to what it stands on. */
export function tellTheStory(config: PlacedConfig, ground: Ground) {
  const { publicUrl: origin, basePath, homePath } = config
  const { keyring, outbound, rows, now, monotonic, random } = ground
  const fetchingAt =
    (name: string): Calling =>
    work =>
      withSlot(outbound, name, { purpose: 'metadata', within: METADATA_TIMEOUT_MS }, work)
  const protocolOf = (row: Provider) => speak(row, { now, monotonic, random, fetching: fetchingAt(row.name) })
  const deps: Story = {
    ...ground,
    providers: new Map(rows.map(row => [row.name, protocolOf(row)])),
    rules: config.allowedUsers,
    roleRules: config.roleRules,
    linking: config.accountLinking,
    takeSlot: outbound.takeSlot,
    waitForSlot: outbound.waitForSlot,
    home: returnPathsOf({ origin, basePath, homePath, reserved: [] }).home,
    attemptSealer: keyring.sealer('attempt'),
    starts: createRecentStarts(now),
    redirectUri: (callbackPath: string) => config.publicUrl + config.basePath + callbackPath,
  }
  return {
    startSignIn: startSignIn.bind(null, deps),
    startSwitch: startSwitch.bind(null, deps),
    startsAtOnce: startsAtOnce.bind(null, deps),
    browserOf: browserOf.bind(null, deps.attemptSealer),
    finishSignIn: finishSignIn.bind(null, deps),
    loadLiveProfile: loadLiveProfile.bind(null, deps),
    loadAccount: loadAccountPage.bind(null, deps),
    isFresh: isFresh.bind(null, deps),
    startConnecting: startConnecting.bind(null, deps),
    disconnect: disconnect.bind(null, deps),
    endSession: endSession.bind(null, deps),
    endOtherSessions: endOtherSessions.bind(null, deps),
    leave: leave.bind(null, deps),
    signOut: signOut.bind(null, deps),
    endByProvider: endByProvider.bind(null, deps),
    providerClient: createProviderClient.bind(null, deps),
  }
}
