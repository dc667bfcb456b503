import type { CallPurpose } from '../http/call-slot.js'
import type { Deadline } from './deadline.js'
import { HttpClientError } from './errors.js'

const UNRESTRICTED_PURPOSES: ReadonlySet<CallPurpose> = new Set(['sign-in', 'metadata', 'refresh'])
/** The share of a provider's slots that the other purposes may take together. */
const RESTRICTED_SHARE = 3 / 4

/** A slot among the calls to a provider. It is free again when all its holders have released it. */
export interface Permit {
  /** Adds a holder. Returns the function that releases it; a second release does nothing. */
  acquire(): () => void
  /**
   * Frees the slot for a while; returns the function that takes it back. This function never fails, so that no caller
   * is rejected in the middle of its work: for a moment there can be more calls than the limit.
   */
  suspend(): () => void
}

interface Usage {
  all: number
  restricted: number
}

/**
 * Takes a slot at a provider.
 * @param onRelease is called once, when the slot is free again
 * @throws HttpClientError provider_busy
 */
export type Limiter = (provider: string, purpose: CallPurpose, onRelease?: () => void) => Permit

/** @param max slots of each provider */
export function createLimiter(max: number): Limiter {
  const taken = new Map<string, Usage>()
  const maxRestricted = Math.max(1, Math.floor(max * RESTRICTED_SHARE))

  return (provider, purpose, onRelease) => {
    const usage = taken.get(provider) ?? { all: 0, restricted: 0 }
    taken.set(provider, usage)
    const isRestricted = !UNRESTRICTED_PURPOSES.has(purpose)
    if (usage.all >= max) throw busy(`All ${max} slots of ${provider} are taken`)
    if (isRestricted && usage.restricted >= maxRestricted) {
      throw busy(`All ${maxRestricted} slots of ${provider} that are not left for sign-ins are taken`)
    }
    return createPermit(change => {
      usage.all += change
      if (isRestricted) usage.restricted += change
    }, onRelease)
  }
}

function createPermit(count: (change: 1 | -1) => void, onRelease: (() => void) | undefined): Permit {
  let holders = 0
  let suspensions = 0
  let isCounted = false
  function updateCount(): void {
    const shouldCount = holders > 0 && suspensions === 0
    if (shouldCount !== isCounted) count(shouldCount ? 1 : -1)
    isCounted = shouldCount
  }
  return {
    acquire() {
      holders += 1
      updateCount()
      return once(() => {
        holders -= 1
        updateCount()
        if (holders === 0) onRelease?.()
      })
    },
    suspend() {
      suspensions += 1
      updateCount()
      return once(() => {
        suspensions -= 1
        updateCount()
      })
    },
  }
}

const busy = (message: string) => new HttpClientError('provider_busy', message)

interface SemaphoreOptions {
  /** The holders of each key at the same time. */
  limit: number
  /** The callers that may wait for each key. */
  maxWaiting: number
  maxWaitMs: number
  deadline: Deadline
}

/**
 * Acquires a permit of one key. Returns the function that releases it, or undefined if too many callers wait already or
 * the wait took too long.
 */
export type KeyedSemaphore = (key: string) => Promise<(() => void) | undefined>

interface Queue {
  active: number
  /** In the order of their calls. */
  waiting: Set<() => void>
}

/**
 * Gives a few permits for each key; the other callers wait in the order of their calls. A key without holders uses no
 * memory.
 */
export function createKeyedSemaphore({ limit, maxWaiting, maxWaitMs, deadline }: SemaphoreOptions): KeyedSemaphore {
  const queues = new Map<string, Queue>()

  const permitIn = (key: string, queue: Queue) =>
    once(() => {
      const [next] = queue.waiting
      // The permit goes to the next caller at once, so that a new caller cannot take it in between.
      if (next) return next()
      queue.active -= 1
      if (queue.active === 0) queues.delete(key)
    })

  const waitIn = (key: string, queue: Queue) =>
    new Promise<(() => void) | undefined>(resolve => {
      const begin = () => {
        clear()
        queue.waiting.delete(begin)
        resolve(permitIn(key, queue))
      }
      queue.waiting.add(begin)
      const clear = deadline(maxWaitMs, () => {
        queue.waiting.delete(begin)
        resolve(undefined)
      })
    })

  return async key => {
    const queue = queues.get(key) ?? { active: 0, waiting: new Set() }
    if (queue.active >= limit) return queue.waiting.size < maxWaiting ? waitIn(key, queue) : undefined
    queues.set(key, queue)
    queue.active += 1
    return permitIn(key, queue)
  }
}

/** A function that calls another one at its first call only. */
export function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}
