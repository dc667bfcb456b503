import type { Deps, SlotUse } from './deps.js'
import type { SlotSend } from './protocols/protocol.js'

interface Use extends SlotUse {
  /** The user whose page it is for: one of their few places, which is waited for. */
  person?: string
}

/** Does some work in a place among the provider's calls. Where its time is over, whatever it waits for, so is the wait for it. */
export async function withSlot<T>(
  { takeSlot, waitForSlot }: Pick<Deps, 'takeSlot' | 'waitForSlot'>,
  provider: string,
  { person, ...use }: Use,
  work: (send: SlotSend) => Promise<T>,
): Promise<T> {
  const slot = person === undefined ? takeSlot(provider, use) : await waitForSlot(provider, person, use)
  try {
    const send: SlotSend = Object.assign(slot.send, { wait: slot.wait })
    const working = work(send)
    return await (slot.ended ? Promise.race([working, slot.ended]) : working)
  } finally {
    slot.release()
  }
}
