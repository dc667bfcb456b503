import { LRUCache } from 'lru-cache'
import type { StoredTokens } from '../../store/types.js'
import type { ActiveSession } from '../sessions/active-session.js'

const FIRST_WAIT_MS = 30_000
const MAX_WAIT_MS = 10 * 60_000
/** Nobody asks for newer tokens again this soon: what is refused then is not refused because of its age. */
const JUST_REFRESHED_MS = 30_000
const MAX_ENTRIES = 10_000
/** As long as a session is remembered. */
const RECENT_TOKENS_MS = 5_000

/**
 * What one instance knows of the refreshes of its identities. Nothing of it is needed: without it more is asked. All of
 * its times are those of the monotonic clock.
 */
export interface RefreshState {
  /** Does the work once for all who ask for the same identity meanwhile. */
  share(identityId: string, work: () => Promise<StoredTokens>): Promise<StoredTokens>
  wasJustRefreshed(identityId: string): boolean
  recordSuccess(identityId: string): void
  /** Why nobody asks the provider again yet; undefined where somebody may. */
  lastFailure(identityId: string): Error | undefined
  /** Forgets the failures of a connection that has ended: what is connected anew has had none. */
  clearFailures(identityId: string): void
  /** Notes a failure, after which nobody asks for a while, longer each time; returns whether it is the first. */
  recordFailure(identityId: string, error: Error): boolean
  /**
   * Tokens that a session used a moment ago, so that not each call has to open them anew. The session here is the very
   * object that is remembered of it: what ends a session, or takes off a connection, makes it another one.
   */
  recentTokens(session: ActiveSession, provider: string): StoredTokens | undefined
  /** @param readAt when the tokens were asked for, by the monotonic clock */
  rememberTokens(session: ActiveSession, provider: string, tokens: StoredTokens, readAt: number): void
  /** Hears of what fails after tokens have been renewed. */
  onError(error: unknown): void
}

interface RecentTokens {
  provider: string
  tokens: StoredTokens
  readAt: number
}

interface Failure {
  error: Error
  wait: number
  until: number
}

export function createRefreshState(onError: (error: unknown) => void, monotonic: () => number): RefreshState {
  const running = new Map<string, Promise<StoredTokens>>()
  const failures = new LRUCache<string, Failure>({ max: MAX_ENTRIES })
  const recents = new WeakMap<ActiveSession, RecentTokens>()
  const refreshedAt = new LRUCache<string, number>({ max: MAX_ENTRIES })

  return {
    onError: onError,
    share(identityId, work) {
      const known = running.get(identityId)
      if (known) return known
      const working = work().finally(() => running.delete(identityId))
      running.set(identityId, working)
      return working
    },
    recentTokens(session, provider) {
      const recent = recents.get(session)
      return recent?.provider === provider && monotonic() < recent.readAt + RECENT_TOKENS_MS ? recent.tokens : undefined
    },
    rememberTokens(session, provider, tokens, readAt) {
      recents.set(session, { provider, tokens, readAt })
    },
    wasJustRefreshed: identityId =>
      monotonic() < (refreshedAt.get(identityId) ?? Number.NEGATIVE_INFINITY) + JUST_REFRESHED_MS,
    recordSuccess(identityId) {
      refreshedAt.set(identityId, monotonic())
      failures.delete(identityId)
    },
    lastFailure(identityId) {
      const problem = failures.get(identityId)
      return problem && monotonic() < problem.until ? problem.error : undefined
    },
    clearFailures(identityId) {
      failures.delete(identityId)
    },
    recordFailure(identityId, error) {
      const before = failures.get(identityId)
      const wait = before ? Math.min(before.wait * 2, MAX_WAIT_MS) : FIRST_WAIT_MS
      failures.set(identityId, { error, wait, until: monotonic() + wait })
      return before === undefined
    },
  }
}
