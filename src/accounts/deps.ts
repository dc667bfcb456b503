import type { AccessRule, AccountLinking, RoleRule } from '../config/types.js'
import type { Sealer } from '../crypto/keys.js'
import type { CallSlot, CallSlotUse } from '../http/call-slot.js'
import type { Store } from '../store/types.js'
import type { AuditLog } from './audit-log.js'
import type { BackgroundTasks } from './background-tasks.js'
import type { Hooks } from './hooks.js'
import type { Protocol } from './protocols/protocol.js'
import type { RefreshState } from './provider-api/refresh-state.js'
import type { SafePath } from './return-path.js'
import type { Sessions } from './sessions/sessions.js'
import type { RecentStarts } from './sign-in/recent-starts.js'
import type { WarnUnusableFields } from './sign-in/unusable-fields.js'

/** What the story of signing in stands on. Built once, in server.ts. */
export interface AccountsDeps {
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
  /** Throws `provider_busy` when the provider holds too many calls already. */
  takeSlot(provider: string, use: CallSlotUse): CallSlot
  /** The same for one person, who has a few places at a provider and waits for one of these. */
  waitForSlot(provider: string, person: string, use: CallSlotUse): Promise<CallSlot>
  /** Waits for some work no longer than these milliseconds, then throws `provider_slow`; the work goes on. */
  waitAtMost<T>(ms: number, work: Promise<T>, what: string): Promise<T>
  attemptSealer: Sealer
  /** The address of a path behind BASE_PATH, as the provider has it registered. */
  redirectUri(callbackPath: string): string
  /** Where a sign-in ends that cannot remember where it was to end. */
  home: SafePath
  /** Milliseconds since 1970, which a jump of the clock changes: for what is written down, and for the protocols. */
  now(): number
  /** Milliseconds for durations inside this process: no setting of the clock changes them. */
  monotonic(): number
  /** 43 characters that nobody can guess. */
  random(): string
  /** Milliseconds; for those who wait for somebody else's refresh. */
  pause(ms: number): Promise<void>
}
