import type { AccessRule, AccountLinking, RoleRule } from '../config/types.js'
import type { Sealer } from '../crypto/keys.js'
import type { Store } from '../store/types.js'
import type { AuditLog } from './audit-log.js'
import type { BackgroundTasks } from './background-tasks.js'
import type { Hooks } from './hooks.js'
import type { Protocol } from './protocols/protocol.js'
import type { RefreshState } from './provider-api/refresh-state.js'
import type { ProviderCalls } from './provider-calls.js'
import type { SafePath } from './return-path.js'
import type { Sessions } from './sessions/sessions.js'
import type { RecentStarts } from './sign-in/recent-starts.js'
import type { WarnUnusableFields } from './sign-in/unusable-fields.js'

/** The dependencies of this layer. `createAccounts` builds them once. */
export interface AccountsDeps extends ProviderCalls {
  store: Store
  sessions: Sessions
  providers: ReadonlyMap<string, Protocol>
  accessRules: readonly AccessRule[]
  roleRules: readonly RoleRule[]
  linking: AccountLinking
  hooks: Hooks
  auditLog: AuditLog
  backgroundTasks: BackgroundTasks
  warnUnusableFields: WarnUnusableFields
  refreshState: RefreshState
  recentStarts: RecentStarts
  /** Waits for some work at most this long, then throws `provider_slow`; the work goes on. */
  waitAtMost<T>(ms: number, work: Promise<T>, what: string): Promise<T>
  attemptSealer: Sealer
  /** The URL of a path behind BASE_PATH, as it is registered at the provider. */
  redirectUri(callbackPath: string): string
  /** Where a sign-in ends that has lost its return path. */
  home: SafePath
  /** Milliseconds since 1970, by the wall clock, which may jump: for times in the database and in the protocols. */
  now(): number
  /** Milliseconds for durations in this process. Setting the wall clock does not change them. */
  monotonic(): number
  /** 43 characters that cannot be guessed. */
  random(): string
  /** Waits for some milliseconds, while another process refreshes the tokens. */
  pause(ms: number): Promise<void>
}
