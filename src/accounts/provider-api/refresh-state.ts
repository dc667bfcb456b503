import { LRUCache } from 'lru-cache'
import type { StoredTokens } from '../../store/types.js'
import type { ActiveSession } from '../sessions/active-session.js'

const FIRST_WAIT_MS = 30_000
const MAX_WAIT_MS = 10 * 60_000
/** For this long no newer tokens are requested: a token that is refused now is not refused because of its age. */
const JUST_REFRESHED_MS = 30_000
const MAX_ENTRIES = 10_000
/** As long as a session is cached. */
const RECENT_TOKENS_MS = 5_000

/**
 * What one process remembers of the refreshes of its identities. It is only an optimisation: losing it causes extra
 * requests. All its times are those of the monotonic clock.
 */
export interface RefreshState {
  /** Does the work once for all callers with the same identity at the same time. */
  share(identityId: string, work: () => Promise<StoredTokens>): Promise<StoredTokens>
  wasJustRefreshed(identityId: string): boolean
  recordSuccess(identityId: string): void
  /** Why no request is sent to the provider yet; undefined where one may be sent. */
  lastFailure(identityId: string): Error | undefined
  /** Forgets the failures of a connection that has ended: a new connection starts without any. */
  clearFailures(identityId: string): void
  /** After a failure no request is sent for a while, longer each time; returns whether it is the first failure. */
  recordFailure(identityId: string, error: Error): boolean
  /**
   * Tokens that a session used a moment ago, so that not every call has to read and decrypt them. The key is the cached
   * session object itself: when a session ends or a connection is removed, that object is replaced.
   */
  recentTokens(session: ActiveSession, provider: string): StoredTokens | undefined
  /** @param readAt when the tokens were read, by the monotonic clock */
  rememberTokens(session: ActiveSession, provider: string, tokens: StoredTokens, readAt: number): void
  /** Called with what fails after tokens have been refreshed. */
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
    onError,
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
      const failure = failures.get(identityId)
      return failure && monotonic() < failure.until ? failure.error : undefined
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
