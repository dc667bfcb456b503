import { LRUCache } from 'lru-cache'
import type { StoredTokens } from '../../store/types.js'
import type { LiveSession } from '../live-session.js'

const FIRST_WAIT = 30_000
const LONGEST_WAIT = 10 * 60_000
/** Nobody asks for newer tokens again this soon: what is refused then is not refused because of its age. */
const YOUNG = 30_000
const ENTRIES = 10_000
/** As long as a session is remembered. */
const LIFE = 5_000

/**
 * What one instance knows of the refreshes of its identities. Nothing of it is needed: without it more is asked. All of
 * its times are those of the monotonic clock.
 */
export interface Refreshes {
  /** Does the work once for all who ask for the same identity meanwhile. */
  share(identityId: string, work: () => Promise<StoredTokens>): Promise<StoredTokens>
  isYoung(identityId: string): boolean
  renewed(identityId: string): void
  /** Why nobody asks the provider again yet; undefined where somebody may. */
  troubleOf(identityId: string): Error | undefined
  /** Forgets the failures of a connection that has ended: what is connected anew has had none. */
  ended(identityId: string): void
  /** Notes a failure, after which nobody asks for a while, longer each time; returns whether it is the first. */
  failed(identityId: string, error: Error): boolean
  /**
   * Tokens that a session used a moment ago, so that not each call has to open them anew. The session here is the very
   * object that is remembered of it: what ends a session, or takes off a connection, makes it another one.
   */
  recall(session: LiveSession, provider: string): StoredTokens | undefined
  /** @param readAt when the tokens were asked for, by the monotonic clock */
  remember(session: LiveSession, provider: string, tokens: StoredTokens, readAt: number): void
  /** Hears of what fails after tokens have been renewed. */
  complain(error: unknown): void
}

interface Recent {
  provider: string
  tokens: StoredTokens
  readAt: number
}

interface Trouble {
  error: Error
  wait: number
  until: number
}

export function createRefreshes(complain: (error: unknown) => void, monotonic: () => number): Refreshes {
  const underWay = new Map<string, Promise<StoredTokens>>()
  const troubles = new LRUCache<string, Trouble>({ max: ENTRIES })
  const recents = new WeakMap<LiveSession, Recent>()
  const renewals = new LRUCache<string, number>({ max: ENTRIES })

  return {
    complain,
    share(identityId, work) {
      const known = underWay.get(identityId)
      if (known) return known
      const working = work().finally(() => underWay.delete(identityId))
      underWay.set(identityId, working)
      return working
    },
    recall(session, provider) {
      const recent = recents.get(session)
      return recent?.provider === provider && monotonic() < recent.readAt + LIFE ? recent.tokens : undefined
    },
    remember(session, provider, tokens, readAt) {
      recents.set(session, { provider, tokens, readAt })
    },
    isYoung: identityId => monotonic() < (renewals.get(identityId) ?? Number.NEGATIVE_INFINITY) + YOUNG,
    renewed(identityId) {
      renewals.set(identityId, monotonic())
      troubles.delete(identityId)
    },
    troubleOf(identityId) {
      const trouble = troubles.get(identityId)
      return trouble && monotonic() < trouble.until ? trouble.error : undefined
    },
    ended(identityId) {
      troubles.delete(identityId)
    },
    failed(identityId, error) {
      const before = troubles.get(identityId)
      const wait = before ? Math.min(before.wait * 2, LONGEST_WAIT) : FIRST_WAIT
      troubles.set(identityId, { error, wait, until: monotonic() + wait })
      return before === undefined
    },
  }
}
