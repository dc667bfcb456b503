import type { AccessRule, AccountLinking, RoleRule } from '../config/types.js'
import type { Sealer } from '../crypto/keys.js'
import type { Send } from '../oauth/types.js'
import type { Store } from '../store/types.js'
import type { Errands } from './errands.js'
import type { Hooks } from './hooks.js'
import type { Protocol } from './protocols/protocol.js'
import type { Sessions } from './sessions.js'
import type { Trail } from './trail.js'

/** A place among the calls that a provider may hold at once. */
export interface Slot {
  send: Send
  release(): void
}

/** What the story of signing in stands on. Built once, in server.ts. */
export interface Deps {
  store: Store
  sessions: Sessions
  providers: ReadonlyMap<string, Protocol>
  rules: readonly AccessRule[]
  roleRules: readonly RoleRule[]
  linking: AccountLinking
  hooks: Hooks
  trail: Trail
  errands: Errands
  /** Throws `provider_busy` when the provider holds too many calls already; `within` bounds all calls of the slot, in milliseconds. */
  takeSlot(provider: string, within?: number): Slot
  attemptSealer: Sealer
  /** The address of a path behind BASE_PATH, as the provider has it registered. */
  redirectUri(callbackPath: string): string
  now(): number
  /** 43 characters that nobody can guess. */
  random(): string
}
