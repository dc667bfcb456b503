import type { Send } from '../oauth/types.js'
import type { Deps } from './deps.js'

/**
 * Does some work in a place among the provider's calls.
 * @param within milliseconds for all its calls together
 */
export async function withSlot<T>(
  { takeSlot }: Pick<Deps, 'takeSlot'>,
  provider: string,
  work: (send: Send) => Promise<T>,
  within?: number,
): Promise<T> {
  const slot = takeSlot(provider, within)
  try {
    return await work(slot.send)
  } finally {
    slot.release()
  }
}
