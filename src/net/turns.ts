import { once } from './concurrency.js'
import type { Deadline } from './deadline.js'

interface SemaphoreOptions {
  /** How many may act at once for each key. */
  limit: number
  /** How many more may wait for each key. */
  maxWaiting: number
  /** Milliseconds that one waits at most. */
  maxWaitMs: number
  deadline: Deadline
}

/**
 * Takes a turn among those of one key. Returns the function that ends it, or undefined if too many wait already or the
 * wait took too long.
 */
export type KeyedSemaphore = (key: string) => Promise<(() => void) | undefined>

interface Queue {
  active: number
  /** In the order they came. */
  waiting: Set<() => void>
}

/**
 * Lets a few act at once for each key; the others wait in the order they came. What is remembered ends with its users.
 */
export function createKeyedSemaphore({ limit, maxWaiting, maxWaitMs, deadline }: SemaphoreOptions): KeyedSemaphore {
  const queues = new Map<string, Queue>()

  const permitIn = (key: string, queue: Queue) =>
    once(() => {
      const [next] = queue.waiting
      // Handed over, so that a newcomer cannot take it in between.
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
