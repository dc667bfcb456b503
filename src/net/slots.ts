import { type CallPurpose, createLimiter, once } from './concurrency.js'
import { createSharedDeadline, type Deadline, type SharedDeadline } from './deadline.js'
import { HttpClientError } from './errors.js'
import { createKeyedSemaphore } from './turns.js'

/** Two tabs of a page that asks for two things. */
export const MAX_CALLS_PER_USER = 4
/** A page may ask for a few dozen things at once. */
const MAX_WAITING_PER_USER = 64
export const USER_WAIT_MS = 5_000

/** What a slot is for. */
export interface SlotUse {
  purpose: CallPurpose
  /** Milliseconds for all calls of the slot together, and for what is waited for in between. */
  within?: number | undefined
}

/** A slot that is taken, and its deadline. */
export interface HeldSlot {
  /** Holds the slot also after `release`; returns the function that releases it. */
  acquire(): () => void
  end: SharedDeadline | undefined
  /** Waits for a result that another call fetches, and frees the slot meanwhile. */
  wait<T>(fetched: Promise<T>): Promise<T>
  /** Rejects with OutboundError provider_slow when the time of the slot is over; undefined where it has none. */
  ended: Promise<never> | undefined
  release(): void
}

interface Slots {
  /** @throws OutboundError provider_busy */
  take(provider: string, use: SlotUse): HeldSlot
  /** The same for one user, who has a few slots at a provider and waits for one of these. */
  takeForUser(provider: string, person: string, use: SlotUse): Promise<HeldSlot>
}

export function createSlots({ maxCalls, deadline }: { maxCalls: number; deadline: Deadline }): Slots {
  const limiter = createLimiter(maxCalls)
  const acquireForUser = createKeyedSemaphore({
    ...{ limit: MAX_CALLS_PER_USER, maxWaiting: MAX_WAITING_PER_USER },
    ...{ maxWaitMs: USER_WAIT_MS, deadline },
  })

  function take(provider: string, { purpose, within }: SlotUse, onRelease?: () => void): HeldSlot {
    const { acquire, suspend: lend } = limiter(provider, purpose, onRelease)
    const release = acquire()
    const end = within === undefined ? undefined : createSharedDeadline(within, provider, deadline, release)
    return {
      ...{ acquire, end, ended: end?.passed },
      wait: fetched => fetched.finally(lend()),
      release: once(() => {
        end?.clear()
        release()
      }),
    }
  }

  return {
    take: (provider, use) => take(provider, use),
    async takeForUser(provider, person, use) {
      const release = await acquireForUser(`${provider} ${person}`)
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
