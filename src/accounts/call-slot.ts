import type { CallSlotUse } from '../http/call-slot.js'
import type { AccountsDeps } from './deps.js'
import type { SlotSend } from './protocols/protocol.js'

interface CallSlotOptions extends CallSlotUse {
  /** The user whose page it is for: one of their few places, which is waited for. */
  userId?: string
}

/** Does some work in a place among the provider's calls. Where its time is over, whatever it waits for, so is the wait for it. */
export async function withCallSlot<T>(
  { takeSlot, waitForSlot }: Pick<AccountsDeps, 'takeSlot' | 'waitForSlot'>,
  provider: string,
  { userId: person, ...use }: CallSlotOptions,
  work: (send: SlotSend) => Promise<T>,
): Promise<T> {
  const slot = person === undefined ? takeSlot(provider, use) : await waitForSlot(provider, person, use)
  try {
    const send: SlotSend = Object.assign(slot.send, { wait: slot.wait })
    const result = work(send)
    return await (slot.ended ? Promise.race([result, slot.ended]) : result)
  } finally {
    slot.release()
  }
}
