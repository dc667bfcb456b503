import type { CallSlot, CallSlotUse } from '../http/call-slot.js'
import type { SlotSend, WithSend } from './protocols/protocol.js'

// How long providers may delay a request. All delays of one request together stay below the time that its connection may
// be silent (http-server.ts). Otherwise the connection is closed, and the browser never gets the session that the request
// opens.

/** The code exchange with all requests that follow it: keys, the user endpoint, each page of groups. */
export const EXCHANGE_TIMEOUT_MS = 30_000
/** The requests of a sign-in before the redirect to the provider, such as the one for a temporary token. */
export const START_TIMEOUT_MS = 10_000
/** The metadata of a provider, at all the URLs where they may be, and its keys: each once for all requests that need them. */
export const METADATA_TIMEOUT_MS = 10_000
/** A refresh with all its requests. */
export const REFRESH_TIMEOUT_MS = 10_000
/** A request waits this long for a refresh. The refresh goes on after that, so that the new tokens are saved. */
export const REFRESH_WAIT_MS = 12_000
/** The check after a refresh who the user is by now; no request waits for all of it. */
export const RECHECK_TIMEOUT_MS = 20_000
/** Parts of a page that it can do without. */
export const PAGE_TIMEOUT_MS = 3_000

/** The slots in which providers are called: each provider gets a limited number of calls at once. */
export interface ProviderCalls {
  /** Throws `provider_busy` when all slots of the provider are taken. */
  takeSlot(provider: string, use: CallSlotUse): CallSlot
  /** The same for one user, who has a few slots at a provider; waits until one of these is free. */
  waitForSlot(provider: string, userId: string, use: CallSlotUse): Promise<CallSlot>
}

interface SlotOptions extends CallSlotUse {
  /** The user whose page it is for; the call waits for one of the few slots of this user. */
  userId?: string
}

/** Does some work in a slot of the provider. When the time of the slot has passed it rejects, whatever the work waits for. */
export async function withCallSlot<T>(
  { takeSlot, waitForSlot }: ProviderCalls,
  provider: string,
  { userId, ...use }: SlotOptions,
  work: (send: SlotSend) => Promise<T>,
): Promise<T> {
  const slot = userId === undefined ? takeSlot(provider, use) : await waitForSlot(provider, userId, use)
  try {
    const send: SlotSend = Object.assign(slot.send, { wait: slot.wait })
    const result = work(send)
    return await (slot.ended ? Promise.race([result, slot.ended]) : result)
  } finally {
    slot.release()
  }
}

/** Takes a slot for metadata, which are fetched once for all requests that need them. */
export const metadataSlots =
  (calls: ProviderCalls, provider: string): WithSend =>
  work =>
    withCallSlot(calls, provider, { purpose: 'metadata', within: METADATA_TIMEOUT_MS }, work)
