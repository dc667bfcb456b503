import type { CallSlot, CallSlotUse } from '../http/call-slot.js'
import { createKeyedSemaphore, createLimiter, once } from './concurrency.js'
import { createSharedDeadline, type Deadline, type SharedDeadline } from './deadline.js'
import { HttpClientError } from './errors.js'

/** Enough for two tabs of a page that makes two calls. */
export const MAX_CALLS_PER_USER = 4
/** A page may make a few dozen calls at once. */
const MAX_WAITING_PER_USER = 64
export const USER_WAIT_MS = 5_000

/** A slot that is taken, and its deadline. */
export interface HeldSlot extends Pick<CallSlot, 'wait' | 'ended' | 'release'> {
  /** Holds the slot also after `release`; returns the function that releases it. */
  acquire(): () => void
  sharedDeadline: SharedDeadline | undefined
}

interface Slots {
  /** @throws HttpClientError provider_busy */
  take(provider: string, use: CallSlotUse): HeldSlot
  /** The same for one user, who has a few slots at a provider and waits for one of these. */
  takeForUser(provider: string, userId: string, use: CallSlotUse): Promise<HeldSlot>
}

export function createSlots({ maxCalls, deadline }: { maxCalls: number; deadline: Deadline }): Slots {
  const limiter = createLimiter(maxCalls)
  const acquireForUser = createKeyedSemaphore({
    limit: MAX_CALLS_PER_USER,
    maxWaiting: MAX_WAITING_PER_USER,
    maxWaitMs: USER_WAIT_MS,
    deadline,
  })

  function take(provider: string, { purpose, within }: CallSlotUse, onRelease?: () => void): HeldSlot {
    const { acquire, suspend } = limiter(provider, purpose, onRelease)
    const release = acquire()
    const sharedDeadline = within === undefined ? undefined : createSharedDeadline(within, provider, deadline, release)
    return {
      acquire,
      sharedDeadline,
      ended: sharedDeadline?.passed,
      wait: fetched => fetched.finally(suspend()),
      release: once(() => {
        sharedDeadline?.clear()
        release()
      }),
    }
  }

  return {
    take: (provider, use) => take(provider, use),
    async takeForUser(provider, userId, use) {
      const release = await acquireForUser(`${provider} ${userId}`)
      if (!release) throw new HttpClientError('provider_busy', `One person asks ${provider} for too much at once`)
      try {
        return take(provider, use, release)
      } catch (error) {
        release()
        throw error
      }
    },
  }
}
