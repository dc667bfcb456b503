import type { AccessRule, AccountLinking, RoleRule } from '../config/types.js'
import type { Sealer } from '../crypto/keys.js'
import type { Answer, OutboundRequest } from '../oauth/types.js'
import type { Store } from '../store/types.js'
import type { Errands } from './errands.js'
import type { Hooks } from './hooks.js'
import type { Protocol } from './protocols/protocol.js'
import type { SafePath } from './return-path.js'
import type { Sessions } from './sessions.js'
import type { Refreshes } from './tokens/refreshes.js'
import type { Trail } from './trail.js'

/** A place among the calls that a provider may hold at once. */
export interface Slot {
  send(request: OutboundRequest): Promise<Answer & Pick<StreamedAnswer, 'headers'>>
  /** Its answer keeps the place until it was read or cancelled, or broke; also after `release`. */
  stream(request: OutboundRequest): Promise<StreamedAnswer>
  release(): void
}

/** An answer whose body is read as it comes, however large it is. */
export interface StreamedAnswer {
  status: number
  /** Names in lower case, and no cookies. */
  headers: ReadonlyMap<string, string>
  body: AsyncIterable<Uint8Array>
  /** For whoever does not read to the end. */
  cancel(): Promise<void>
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
  refreshes: Refreshes
  /** Throws `provider_busy` when the provider holds too many calls already; `within` bounds all calls of the slot, in milliseconds. */
  takeSlot(provider: string, within?: number): Slot
  attemptSealer: Sealer
  /** The address of a path behind BASE_PATH, as the provider has it registered. */
  redirectUri(callbackPath: string): string
  /** Where a sign-in ends that cannot remember where it was to end. */
  home: SafePath
  now(): number
  /** 43 characters that nobody can guess. */
  random(): string
  /** Milliseconds; for those who wait for somebody else's refresh. */
  pause(ms: number): Promise<void>
}
